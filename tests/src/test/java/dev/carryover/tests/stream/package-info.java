/**
 * What the end-to-end tests stand on: models and events with seeds, the plain loop that every run
 * is compared with, a broker, a cluster, and topics read as a consumer of committed records reads
 * them.
 */
package dev.carryover.tests.stream;
