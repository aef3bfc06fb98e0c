/**
 * From Kafka records to events: {@link dev.carryover.job.source.EventSource} reads the topics,
 * {@link dev.carryover.job.source.EventDeserializer} makes an event of every record, good or bad.
 */
package dev.carryover.job.source;
