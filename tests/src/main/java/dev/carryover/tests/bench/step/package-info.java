/**
 * The section {@code step}: one recurrent step on one thread beside other runtimes, and as a share
 * of what the core can do.
 */
package dev.carryover.tests.bench.step;
