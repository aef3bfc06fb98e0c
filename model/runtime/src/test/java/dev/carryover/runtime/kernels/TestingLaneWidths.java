package dev.carryover.runtime.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The vector kernels at every lane width in one JVM. The width is a constant of a class, so each
 * width gets the package from a class loader of its own.
 */
public final class TestingLaneWidths {
  private static final String PACKAGE = "dev.carryover.runtime.kernels.vector.";

  /* Loaded once: what the compiler has learnt of them in one test serves the next. */
  private static final List<Kernels> ALL = List.of(load("128"), load("256"), load("512"));

  private TestingLaneWidths() {}

  /** Kernels of 128, 256 and 512 bits. */
  public static List<Kernels> all() {
    return ALL;
  }

  private static Kernels load(String bits) {
    String before = System.getProperty(KernelProvider.LANE_BITS);
    System.setProperty(KernelProvider.LANE_BITS, bits);
    try {
      Class<?> type = new Isolated().loadClass(PACKAGE + "VectorKernels");
      Kernels kernels = (Kernels) type.getDeclaredConstructor().newInstance();
      if (!kernels.name().equals("simd" + bits)) {
        throw new AssertionError("asked for " + bits + " bits, got " + kernels.name());
      }
      return kernels;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    } finally {
      if (before == null) {
        System.clearProperty(KernelProvider.LANE_BITS);
      } else {
        System.setProperty(KernelProvider.LANE_BITS, before);
      }
    }
  }

  private static final class Isolated extends ClassLoader {
    Isolated() {
      super(TestingLaneWidths.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(PACKAGE)) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded != null ? loaded : define(name);
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
