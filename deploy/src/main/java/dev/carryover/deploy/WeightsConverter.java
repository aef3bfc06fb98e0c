package dev.carryover.deploy;

import dev.carryover.runtime.kernels.WeightPrecision;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads what the weights of a model are to be kept in. */
final class WeightsConverter implements ITypeConverter<WeightPrecision> {

  @Override
  public WeightPrecision convert(String text) {
    try {
      return WeightPrecision.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
