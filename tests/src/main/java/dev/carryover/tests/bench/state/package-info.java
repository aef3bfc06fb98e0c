/** What state takes and how long: {@link dev.carryover.tests.bench.state.StateSection}. */
package dev.carryover.tests.bench.state;
