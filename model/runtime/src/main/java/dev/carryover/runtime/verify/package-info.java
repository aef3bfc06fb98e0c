/**
 * Replays what another implementation recorded, step by step and layer by layer: {@link
 * dev.carryover.runtime.verify.RecordedCases} reads a recording, {@link
 * dev.carryover.runtime.verify.Replay} runs a model over it, {@link
 * dev.carryover.runtime.verify.ReplayReport} says how far apart they are.
 */
package dev.carryover.runtime.verify;
