/**
 * What one core of this machine can do at most: fused multiply-adds that touch registers only, and
 * reading arrays of every size. Steps are measured against it.
 */
package dev.carryover.tests.bench.ceilings;
