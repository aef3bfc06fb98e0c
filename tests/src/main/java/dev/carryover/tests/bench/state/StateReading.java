package dev.carryover.tests.bench.state;

import dev.carryover.tests.bench.pipeline.LocalCluster.Checkpoint;

/**
 * What the state of one run took.
 *
 * @param first the checkpoint when every key has its state, before which there was none
 * @param next the checkpoint after some keys have changed
 * @param savepointBytes files of a canonical savepoint
 * @param savepointMillis from its trigger to its end
 * @param fromCheckpointMillis from the start of the operator's task on that checkpoint until it
 *     took events
 * @param fromSavepointMillis the same on the savepoint
 */
record StateReading(
    Checkpoint first,
    Checkpoint next,
    long savepointBytes,
    long savepointMillis,
    long fromCheckpointMillis,
    long fromSavepointMillis) {}
