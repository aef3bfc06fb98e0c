/**
 * The {@code carryover} command line. {@link dev.carryover.deploy.Carryover} is its main class;
 * each subcommand is a class of its own that checks its arguments, calls what does the work, and
 * prints the outcome.
 */
package dev.carryover.deploy;
