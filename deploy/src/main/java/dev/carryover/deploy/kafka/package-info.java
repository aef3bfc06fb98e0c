/** A Kafka broker inside this process, and a reader that is shown committed records only. */
package dev.carryover.deploy.kafka;
