package dev.carryover.deploy;

import dev.carryover.runtime.kernels.KernelChoice;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads which kernels a model is to run on. */
final class KernelsConverter implements ITypeConverter<KernelChoice> {

  @Override
  public KernelChoice convert(String text) {
    try {
      return KernelChoice.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
