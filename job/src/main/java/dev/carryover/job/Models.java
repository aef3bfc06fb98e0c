package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.runtime.kernels.KernelChoice;
import java.io.IOException;
import java.util.Locale;

/** Checks the model of a configuration before anything starts. */
final class Models {
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
    KernelChoice kernels =
        KernelChoice.valueOf(job.get(JobOptions.MODEL_KERNELS).name().toUpperCase(Locale.ROOT));
    return new ModelReference(uri, file.sha256(), job.get(JobOptions.MODEL_REVISION), kernels);
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
    boolean threshold = job.isSet(JobOptions.ALERTS_RANK) || job.isSet(JobOptions.ALERTS_SURPRISAL);
    if (!threshold && model.alerts() == null) {
      throw new ConfigurationException(
          JobOptions.ALERTS_TOPIC.key()
              + " is set, but neither alerts.rank nor alerts.surprisal is, and "
              + uri
              + " carries no calibrated thresholds; say what alerts");
    }
  }
}
