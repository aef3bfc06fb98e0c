/**
 * The second part of the demo: a revision that is trained on the first hours of a stream takes over
 * in the middle of it. {@link dev.carryover.deploy.cutover.CutoverDemo} tells the story; the other
 * classes are its parts.
 */
package dev.carryover.deploy.cutover;
