/**
 * From what sections found to a report: {@link dev.carryover.tests.bench.report.StoredRuns} keeps
 * it as JSON, {@link dev.carryover.tests.bench.report.MarkdownReport} and {@link
 * dev.carryover.tests.bench.report.HtmlReport} show it.
 */
package dev.carryover.tests.bench.report;
