package dev.carryover.training.tensor;

import java.util.Locale;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/** What ND4J computes on, found on the class path: said once when training begins. */
public final class Backend {
  private static final String THREADS = "OMP_NUM_THREADS";

  private Backend() {}

  /** The name of the backend and its BLAS library, for logs and provenance. */
  public static String description() {
    Properties environment = Nd4j.getExecutioner().getEnvironmentInformation();
    return String.format(
        Locale.ROOT,
        "ND4J %s on %s, BLAS %s",
        version(),
        environment.getProperty("backend"),
        environment.get("blas.vendor"));
  }

  /** The version of ND4J. */
  public static String version() {
    String version = Nd4j.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  /** Whether the values lie in the memory of this machine. */
  public static boolean onCpu() {
    return Holder.ON_CPU;
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

  private static final class Holder {
    private static final boolean ON_CPU =
        Nd4j.getBackend().getClass().getSimpleName().toLowerCase(Locale.ROOT).contains("cpu");
  }
}
