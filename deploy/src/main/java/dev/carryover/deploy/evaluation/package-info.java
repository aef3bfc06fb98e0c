/**
 * How good and how right the outcome of a run is: detectors against labels, scores against another
 * implementation, deliveries against what was sent. Plain values without Kafka.
 */
package dev.carryover.deploy.evaluation;
