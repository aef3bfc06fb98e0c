/** Records that cannot be used, sent among records that can, through Kafka and Flink. */
package dev.carryover.tests.records;
