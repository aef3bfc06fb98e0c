package dev.carryover.training.tensor;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * What numbers are made of. Models are trained in {@link #FLOAT}; gradients are checked in both.
 */
public enum Precision {
  /** 32 bits. */
  FLOAT(DataType.FLOAT),

  /** 64 bits. */
  DOUBLE(DataType.DOUBLE);

  private final DataType dataType;

  Precision(DataType dataType) {
    this.dataType = dataType;
  }

  DataType dataType() {
    return dataType;
  }
}
