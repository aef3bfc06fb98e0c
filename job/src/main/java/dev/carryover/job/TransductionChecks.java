package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** Checks what a configuration says of seq2seq models against the model that it names. */
final class TransductionChecks {
  private static final String PREFIX = "transduction.";

  private final JobConfiguration job;
  private final String uri;
  private final ModelConfig model;

  TransductionChecks(JobConfiguration job, String uri, ModelConfig model) {
    this.job = job;
    this.uri = uri;
    this.model = model;
  }

  void run() throws ConfigurationException {
    if (model.task() != Task.SEQ2SEQ) {
      refuseOptions();
      return;
    }
    if (job.find(JobOptions.INFERENCES_EMIT).orElse(null) == JobOptions.Emission.EVERY_EVENT) {
      throw new ConfigurationException(
          "%s is every-event, but %s holds a seq2seq model, which answers when a sequence has ended; remove it"
              .formatted(JobOptions.INFERENCES_EMIT.key(), uri));
    }
    checkEnds();
    checkAttention();
  }

  private void refuseOptions() throws ConfigurationException {
    List<String> set =
        JobOptions.all().stream()
            .filter(job::isSet)
            .map(ConfigOption::key)
            .filter(key -> key.startsWith(PREFIX))
            .toList();
    if (!set.isEmpty()) {
      throw new ConfigurationException(
          "%s is set, but %s holds a model of the task %s, and only seq2seq transduces; remove it"
              .formatted(String.join(", ", set), uri, model.task().configName()));
    }
  }

  /**
   * A sequence that nobody ends would never be answered. That it is cut where it becomes too long
   * counts only where somebody said how long that is.
   */
  private void checkEnds() throws ConfigurationException {
    boolean cut = job.get(JobOptions.TRANSDUCTION_BEYOND) == JobOptions.Beyond.END;
    boolean ended =
        job.get(JobOptions.EVENTS_FORMAT) == JobOptions.EventFormat.EVENT
            || job.isSet(JobOptions.EVENTS_MAPPING_END)
            || job.isSet(JobOptions.SEQUENCE_GAP)
            || cut && job.isSet(JobOptions.TRANSDUCTION_MAXIMUM_SOURCE_LENGTH)
            || reachesMaximumLength(cut);
    if (!ended) {
      boolean twoDirections = model.encoderDecoder().bidirectionalEncoder();
      throw new ConfigurationException(
          ("%s: model file %s holds a seq2seq model, which %s, and nothing in the configuration ends"
                  + " a sequence; set sequence.gap, sequence.maximum-length or events.mapping.end")
              .formatted(
                  JobOptions.MODEL_PATH.key(),
                  uri,
                  twoDirections
                      ? "reads a sequence from its end too, and answers when it has ended"
                      : "answers when a sequence has ended"));
    }
  }

  /** Events that are dead letters do not count, so a sequence would stay below a later end. */
  private boolean reachesMaximumLength(boolean cut) {
    return job.find(JobOptions.SEQUENCE_MAXIMUM_LENGTH)
        .filter(length -> cut || length <= job.get(JobOptions.TRANSDUCTION_MAXIMUM_SOURCE_LENGTH))
        .isPresent();
  }

  private void checkAttention() throws ConfigurationException {
    boolean told = job.get(JobOptions.TRANSDUCTION_ATTENTION);
    boolean attends = model.encoderDecoder().attention().hasContext();
    // Announced revisions may have what the first one lacks.
    if (told && !attends && !job.isSet(JobOptions.MODELS_TOPIC)) {
      throw new ConfigurationException(
          "%s is true, but %s holds a model without attention; remove it, or use a model with attention"
              .formatted(JobOptions.TRANSDUCTION_ATTENTION.key(), uri));
    }
  }
}
