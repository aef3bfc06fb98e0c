package dev.carryover.job.operator;

import dev.carryover.runtime.kernels.KernelChoice;
import java.io.Serializable;

/**
 * Where the model of a job is and how it is loaded.
 *
 * @param uri a path of any Flink file system
 * @param sha256 digest of the file when the job was submitted, so that every task loads the same
 *     bytes
 * @param revision number that inferences carry
 * @param kernels kernels to run on
 */
public record ModelReference(String uri, String sha256, long revision, KernelChoice kernels)
    implements Serializable {}
