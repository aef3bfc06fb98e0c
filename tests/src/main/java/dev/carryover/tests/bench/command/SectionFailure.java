package dev.carryover.tests.bench.command;

/** A section did not end well: an answer was wrong, or it could not run. */
final class SectionFailure extends Exception {
  SectionFailure(String message) {
    super(message);
  }
}
