/**
 * {@code deploy/carryover bench}: runs the chosen sections, each in a JVM of its own, and writes
 * one report.
 */
package dev.carryover.tests.bench.command;
