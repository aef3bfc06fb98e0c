/** Failures, rescaling and savepoints, each compared bit for bit with a plain loop. */
package dev.carryover.tests.faults;
