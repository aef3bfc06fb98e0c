/**
 * What a part of the benchmarks' report is: {@link dev.carryover.tests.bench.section.Section} runs,
 * and answers with a {@link dev.carryover.tests.bench.section.SectionResult} of tables, charts and
 * targets. Knows nothing of who measures and of how a report is drawn.
 */
package dev.carryover.tests.bench.section;
