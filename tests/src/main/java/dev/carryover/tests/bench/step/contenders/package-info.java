/**
 * Who takes a step: Carryover's kernels and the runtimes beside it, all over the same weights, and
 * the check that they step to the same states.
 */
package dev.carryover.tests.bench.step.contenders;
