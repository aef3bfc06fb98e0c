/** From inferences and rejected events to Kafka records. */
package dev.carryover.job.output;
