/**
 * What the length of a key's history costs: {@link
 * dev.carryover.tests.bench.history.HistorySection}.
 */
package dev.carryover.tests.bench.history;
