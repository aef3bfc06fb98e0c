/** A job under steady load: {@link dev.carryover.tests.bench.latency.LatencySection}. */
package dev.carryover.tests.bench.latency;
