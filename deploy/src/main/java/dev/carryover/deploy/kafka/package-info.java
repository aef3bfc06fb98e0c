/**
 * A Kafka broker inside this process, a reader that is shown committed records only, and a look
 * whether a Kafka is there.
 */
package dev.carryover.deploy.kafka;
