package dev.carryover.runtime.verify;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ErrorMeterTest {

  private static final Offset<Double> CLOSE = Offset.offset(1e-9);

  @Test
  void theErrorIsRelativeToTheLargestRecordedValueOfTheStep() {
    ErrorMeter meter = new ErrorMeter("h", 0);
    meter.compare(0, new float[] {1, -4}, new float[] {9, 1.5f, -4}, 1);
    assertThat(meter.result()).isEqualTo(new VectorError("h", 0.125, 0.5, 0, 1));
  }

  @Test
  void theWorstStepIsKept() {
    ErrorMeter meter = new ErrorMeter("h", 0);
    meter.compare(0, new float[] {1}, new float[] {1}, 0);
    meter.compare(1, new float[] {2}, new float[] {3}, 0);
    meter.compare(2, new float[] {100}, new float[] {110}, 0);
    VectorError worst = meter.result();
    assertThat(worst.step()).isEqualTo(1);
    assertThat(worst.relative()).isEqualTo(0.5, CLOSE);
    assertThat(worst.absolute()).isEqualTo(1, CLOSE);
    assertThat(worst.steps()).isEqualTo(3);
  }

  @Test
  void aZeroVectorMayOnlyBeMetByZeros() {
    ErrorMeter meter = new ErrorMeter("h", 0);
    meter.compare(0, new float[2], new float[2], 0);
    assertThat(meter.result().relative()).isZero();
    meter.compare(1, new float[2], new float[] {0, 1e-9f}, 0);
    assertThat(meter.result().relative()).isInfinite();
  }

  @Test
  void notANumberIsTheLargestErrorOfAll() {
    ErrorMeter meter = new ErrorMeter("h", 0);
    meter.compare(0, new float[] {1, 1, 1}, new float[] {1, Float.NaN, 50}, 0);
    assertThat(meter.result().relative()).isInfinite();
  }

  @Test
  void aScalarThatCrossesZeroKeepsTheScaleOfTheRecording() {
    ErrorMeter meter = new ErrorMeter("logits", 2);
    meter.compare(0, new float[] {1e-6f}, new float[] {3e-6f}, 0);
    assertThat(meter.result().relative()).isEqualTo(1e-6, CLOSE);
  }
}
