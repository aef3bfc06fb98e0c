/**
 * Replays what another implementation recorded, step by step and layer by layer: a {@link
 * dev.carryover.runtime.verify.Recording} is read, {@link dev.carryover.runtime.verify.Replay} or
 * {@link dev.carryover.runtime.verify.TransductionReplay} runs a model over it, {@link
 * dev.carryover.runtime.verify.ReplayReport} says how far apart they are.
 */
package dev.carryover.runtime.verify;
