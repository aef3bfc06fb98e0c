package dev.carryover.tests.bench.section;

/**
 * One thing of a section that may be set, as {@code --set section.name=value}.
 *
 * @param name lower-case letters and hyphens, with the unit where it has one
 * @param usual the value where nothing is set
 * @param description one sentence
 */
public record SectionOption(String name, String usual, String description) {}
