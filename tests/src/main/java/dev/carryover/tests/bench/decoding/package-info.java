/**
 * Decoding beside libtorch, each in a process of its own, which takes as many threads as its
 * environment says: {@link dev.carryover.tests.bench.decoding.DecodingSection} is the section,
 * {@link dev.carryover.tests.bench.decoding.DecodingRuntime} who decodes, {@link
 * dev.carryover.tests.bench.decoding.DecodingAgreement} the check before the clock.
 */
package dev.carryover.tests.bench.decoding;
