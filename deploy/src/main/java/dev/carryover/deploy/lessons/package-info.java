/**
 * Lessons: what attention, scheduled sampling and beams are good for, trained and measured here and
 * now. {@link dev.carryover.deploy.lessons.Lesson} is where to begin.
 */
package dev.carryover.deploy.lessons;
