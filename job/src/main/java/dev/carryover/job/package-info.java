/**
 * The Flink program: {@link dev.carryover.job.CarryoverJob} brings the ends, {@link
 * dev.carryover.job.Topology} is the graph between them.
 */
package dev.carryover.job;
