package dev.carryover.training.data;

import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;

/**
 * What a model is fed at each step of a sequence, and what it is to say then. It feeds what the
 * runtime feeds: the begin token first, where the vocabulary has one. A next-token model is to say
 * the token after each, and the end token after the last; a classifier the label, at every step or
 * after the last.
 */
final class StepReader {
  private final Task task;
  private final int begin;
  private final int end;
  private final FeatureSchema schema;
  private final float[] normalized;
  private final int valueCount;

  StepReader(TrainingData data) {
    task = data.task();
    if (task == Task.SEQ2SEQ) {
      throw new IllegalArgumentException(
          "the task is seq2seq, and these batches hold one sequence a row; use those of pairs");
    }
    Vocabulary vocabulary = data.continuous() ? null : data.vocabulary();
    begin = vocabulary == null ? Vocabulary.ABSENT : vocabulary.beginId();
    end = vocabulary == null ? Vocabulary.ABSENT : vocabulary.endId();
    schema = data.features();
    normalized = schema == null ? null : new float[schema.size()];
    valueCount = task == Task.REGRESS ? data.valueCount() : 0;
  }

  /** A batch that fits what this reads. */
  Batch newBatch(int rows, int steps) {
    return new Batch(rows, steps, schema == null, schema == null ? 0 : schema.size(), valueCount);
  }

  /** How many steps a sequence is fed for; 0 when there is nothing to learn of it. */
  int steps(TrainingSequence sequence) {
    int inputs = sequence.length() + (begin == Vocabulary.ABSENT ? 0 : 1);
    return task == Task.NEXT_TOKEN && end == Vocabulary.ABSENT ? inputs - 1 : inputs;
  }

  /** Fills one row with {@code count} steps of a sequence from step {@code from} on. */
  void fill(Batch batch, int row, TrainingSequence sequence, int from, int count) {
    int shift = begin == Vocabulary.ABSENT ? 0 : 1;
    for (int step = 0; step < count; step++) {
      int position = from + step - shift;
      input(batch, step, row, sequence, position);
      target(batch, step, row, sequence, position);
    }
  }

  /** Position -1 is that of the begin token. */
  private void input(Batch batch, int step, int row, TrainingSequence sequence, int position) {
    if (schema == null) {
      batch.token(step, row, position < 0 ? begin : sequence.tokens()[position]);
    } else {
      schema.normalize(sequence.features()[position], normalized);
      System.arraycopy(
          normalized, 0, batch.features(), batch.featuresAt(step, row), normalized.length);
    }
  }

  private void target(Batch batch, int step, int row, TrainingSequence sequence, int position) {
    int last = sequence.length() - 1;
    if (task == Task.NEXT_TOKEN) {
      batch.target(step, row, position == last ? end : sequence.tokens()[position + 1]);
      return;
    }
    if (position < 0) {
      return;
    }
    int labels = task == Task.REGRESS ? sequence.values().length : sequence.labels().length;
    boolean everyStep = labels == sequence.length();
    if (!everyStep && position != last) {
      return;
    }
    int index = everyStep ? position : 0;
    if (task == Task.REGRESS) {
      batch.target(step, row, sequence.values()[index]);
    } else if (sequence.labels()[index] != Batch.NO_TARGET) {
      batch.target(step, row, sequence.labels()[index]);
    }
  }
}
