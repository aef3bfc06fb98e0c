/**
 * From the control topic to announcements: {@link dev.carryover.job.control.ControlTopic} reads it
 * while the job runs, {@link dev.carryover.job.control.KafkaAnnouncementLog} whole when a task
 * starts.
 */
package dev.carryover.job.control;
