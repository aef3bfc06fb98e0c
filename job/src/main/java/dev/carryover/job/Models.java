package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.models.AllowedLocations;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.RuntimeOptions;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.runtime.kernels.WeightPrecision;
import dev.carryover.schemas.AnnouncementSignature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.Base64;
import java.util.List;

/** Checks what a configuration says of models before anything starts. */
final class Models {
  private static final int MAX_PEM_BYTES = 1 << 16;

  private Models() {}

  static ModelReference reference(JobConfiguration job) throws ConfigurationException {
    String uri = job.modelUri();
    ModelFile file;
    try {
      file = LoadedModels.read(uri);
    } catch (IOException e) {
      throw new ConfigurationException(JobOptions.MODEL_PATH.key() + ": " + e.getMessage());
    }
    if (file.config().bidirectional()) {
      throw new ConfigurationException(
          JobOptions.MODEL_PATH.key()
              + ": model file "
              + uri
              + " holds a bidirectional model: no end exists in a stream to run backwards from; use a"
              + " one-directional model");
    }
    if (job.isSet(JobOptions.ALERTS_TOPIC)) {
      checkAlerts(job, uri, file.config());
    }
    new TransductionChecks(job, uri, file.config()).run();
    return new ModelReference(uri, file.sha256(), job.get(JobOptions.MODEL_REVISION), options(job));
  }

  private static RuntimeOptions options(JobConfiguration job) {
    return RuntimeOptions.DEFAULTS
        .withKernels(KernelChoice.valueOf(job.get(JobOptions.MODEL_KERNELS).name()))
        .withWeights(WeightPrecision.valueOf(job.get(JobOptions.MODEL_WEIGHTS).name()))
        .withWeightTolerance(job.get(JobOptions.MODEL_WEIGHT_TOLERANCE));
  }

  /**
   * How the job treats announced models.
   *
   * @throws ConfigurationException if the public key or an allowed location cannot be used
   */
  static ModelSettings settings(JobConfiguration job) throws ConfigurationException {
    return settings(job, job.isSet(JobOptions.MODELS_PUBLIC_KEY) ? publicKey(job) : null);
  }

  /**
   * {@link #settings(JobConfiguration)} with this public key, or none.
   *
   * @throws ConfigurationException if an allowed location cannot be used
   */
  static ModelSettings settings(JobConfiguration job, String publicKey)
      throws ConfigurationException {
    boolean announced = job.isSet(JobOptions.MODELS_TOPIC);
    return new ModelSettings(
        announced,
        announced ? allowedLocations(job) : List.of(),
        publicKey,
        job.get(JobOptions.MODELS_MAXIMUM_SIZE).getBytes(),
        job.get(JobOptions.MODELS_LOAD_TIMEOUT).toMillis(),
        job.get(JobOptions.MODELS_MAXIMUM_RESIDENT),
        job.get(JobOptions.MODELS_REPLAY_LENGTH),
        job.get(JobOptions.MODELS_MISSING) == JobOptions.MissingRevision.RESET,
        job.isSet(JobOptions.ALERTS_TOPIC) && !alertsByOption(job));
  }

  private static List<String> allowedLocations(JobConfiguration job) throws ConfigurationException {
    List<String> folders = job.allowedLocations();
    try {
      // The tasks make one too; here it says what is wrong before anything starts.
      new AllowedLocations(folders);
      return folders;
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          JobOptions.MODELS_ALLOWED_LOCATIONS.key() + ": " + e.getMessage());
    }
  }

  /** The X.509 encoding of the key, in Base64. */
  static String publicKey(JobConfiguration job) throws ConfigurationException {
    Path file = job.path(JobOptions.MODELS_PUBLIC_KEY);
    String key = JobOptions.MODELS_PUBLIC_KEY.key();
    String pem;
    try {
      // A key is some lines; whatever else is named here need not be read whole to be refused.
      try (InputStream in = Files.newInputStream(file)) {
        pem = new String(in.readNBytes(MAX_PEM_BYTES), StandardCharsets.US_ASCII);
      }
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          key
              + ": there is no file "
              + file
              + "; make a pair with 'carryover keygen' and give its public file");
    } catch (IOException e) {
      throw new ConfigurationException(
          key
              + ": file "
              + file
              + " cannot be read ("
              + e.getClass().getSimpleName()
              + "); look at its permissions");
    }
    try {
      PublicKey read = AnnouncementSignature.readPublicKey(pem, file.toString());
      return Base64.getEncoder().encodeToString(read.getEncoded());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(key + ": " + e.getMessage());
    }
  }

  private static boolean alertsByOption(JobConfiguration job) {
    return job.isSet(JobOptions.ALERTS_RANK) || job.isSet(JobOptions.ALERTS_SURPRISAL);
  }

  private static void checkAlerts(JobConfiguration job, String uri, ModelConfig model)
      throws ConfigurationException {
    if (model.task() != Task.NEXT_TOKEN) {
      throw new ConfigurationException(
          JobOptions.ALERTS_TOPIC.key()
              + ": alerts are of next-token models, and "
              + uri
              + " has the task "
              + model.task().configName()
              + "; leave alerts.* out");
    }
    if (!alertsByOption(job) && model.alerts() == null) {
      throw new ConfigurationException(
          JobOptions.ALERTS_TOPIC.key()
              + " is set, but neither alerts.rank nor alerts.surprisal is, and "
              + uri
              + " carries no calibrated thresholds; say what alerts");
    }
  }
}
