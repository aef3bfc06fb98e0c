package dev.carryover.training.tensor;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.environment.Nd4jEnvironment;
import org.nd4j.linalg.factory.Nd4j;

/** What ND4J computes on, found on the class path: said once when training begins. */
public final class Backend {
  private static final String THREADS = "OMP_NUM_THREADS";

  /** The highest compute capability that the machine code of the profile cuda serves. */
  private static final int LAST_MAJOR_WITH_CODE = 8;

  private static final String WITH_PTX = "cuda-11.2";

  private Backend() {}

  /**
   * Starts ND4J, which takes seconds the first time.
   *
   * @throws BackendException when the build's backend finds no device, or one that it has no code
   *     for; the message says which build serves
   */
  public static void start() {
    // What a backend without its device prints is a stack trace; its first line is the reason.
    PrintStream terminal = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Nd4j.getBackend();
    } catch (RuntimeException | LinkageError e) {
      String reason =
          printed.toString(StandardCharsets.UTF_8).lines().findFirst().orElseGet(() -> cause(e));
      printed.reset();
      throw new BackendException(
          "ND4J cannot start (%s); built with -Pcuda or -Pcuda-ptx it needs an NVIDIA GPU with its driver, without a profile Linux on x86-64 with AVX2: take the profile that this machine serves"
              .formatted(reason),
          e);
    } finally {
      System.setErr(terminal);
      terminal.print(printed.toString(StandardCharsets.UTF_8));
    }
    for (Map<String, Object> device : devices()) {
      Object major = device.get(Nd4jEnvironment.CUDA_DEVICE_MAJOR_VERSION_KEY);
      if (!name().contains(WITH_PTX)
          && major instanceof Number number
          && number.intValue() > LAST_MAJOR_WITH_CODE) {
        throw new BackendException(
            "%s has no code for %s of compute capability %s.%s; build with -Pcuda-ptx"
                .formatted(
                    name(),
                    device.get(Nd4jEnvironment.CUDA_DEVICE_NAME_KEY),
                    major,
                    device.get(Nd4jEnvironment.CUDA_DEVICE_MINOR_VERSION_KEY)),
            null);
      }
    }
  }

  private static String cause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /** Name, version, device and BLAS library, for logs and provenance. */
  public static String description() {
    return String.format(
        Locale.ROOT,
        "%s on %s, BLAS %s",
        name(),
        device(),
        Nd4j.getExecutioner().getEnvironmentInformation().get(Nd4jEnvironment.BLAS_VENDOR_KEY));
  }

  /** The artifact that computes and its version, such as {@code nd4j-native-1.0.0-M2.1}. */
  public static String name() {
    return Loaded.JAR;
  }

  /** {@code CPU}, or the names of the GPUs. */
  public static String device() {
    List<Map<String, Object>> devices = devices();
    return devices.isEmpty()
        ? "CPU"
        : String.join(
            ", ",
            devices.stream()
                .map(device -> String.valueOf(device.get(Nd4jEnvironment.CUDA_DEVICE_NAME_KEY)))
                .toList());
  }

  @SuppressWarnings("unchecked") // ND4J puts maps of this kind into its properties.
  private static List<Map<String, Object>> devices() {
    Object devices =
        Nd4j.getExecutioner()
            .getEnvironmentInformation()
            .get(Nd4jEnvironment.CUDA_DEVICE_INFORMATION_KEY);
    return devices == null ? List.of() : (List<Map<String, Object>>) devices;
  }

  /** Whether the values lie in the memory of this machine. */
  public static boolean onCpu() {
    return Loaded.ON_CPU;
  }

  /**
   * What is wrong with the number of threads that products use, or an empty text. It must be set
   * before the JVM starts.
   */
  public static String threadAdvice() {
    String set = System.getenv(THREADS);
    if (!onCpu() || "1".equals(set)) {
      return "";
    }
    return THREADS
        + " is "
        + (set == null ? "not set" : set)
        + ": the threads of a product and those of training would wait for each other; start the"
        + " JVM with "
        + THREADS
        + "=1";
  }

  private static final class Loaded {
    private static final String JAR;
    private static final boolean ON_CPU;

    static {
      Class<?> backend = Nd4j.getBackend().getClass();
      CodeSource source = backend.getProtectionDomain().getCodeSource();
      String path = source == null ? "" : source.getLocation().getPath();
      String file = path.substring(path.lastIndexOf('/') + 1);
      JAR = file.endsWith(".jar") ? file.substring(0, file.length() - 4) : "ND4J";
      ON_CPU = backend.getSimpleName().toLowerCase(Locale.ROOT).contains("cpu");
    }
  }
}
