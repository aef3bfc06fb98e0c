/**
 * A job under steady load whose model is swapped: {@link
 * dev.carryover.tests.bench.swap.SwapSection}.
 */
package dev.carryover.tests.bench.swap;
