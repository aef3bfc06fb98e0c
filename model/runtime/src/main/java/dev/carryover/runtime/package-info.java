/**
 * How a loaded model steps: {@link dev.carryover.runtime.RecurrentModel} is immutable and shared by
 * all threads, a {@link dev.carryover.runtime.Session} belongs to one.
 */
package dev.carryover.runtime;
