/**
 * The model file: one {@code .safetensors} file with its config inside. {@code FORMAT.md} of this
 * module is its specification; {@link dev.carryover.model.file.ModelFileError} names every refusal.
 */
package dev.carryover.model.file;
