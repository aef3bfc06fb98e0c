/** How trained weights leave: as a model file that was replayed, and as a plain state_dict. */
package dev.carryover.training.export;
