package dev.carryover.training.evaluation;

import dev.carryover.model.spec.AlertThresholds;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.runtime.RecurrentModel;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * How well labelled keys are told apart: by the model's own thresholds, at other ranks and
 * surprisals, and by the trivial baselines.
 *
 * @param calibrated by the thresholds in the model; empty when it has none
 * @param topG a token, or the end, ranks g or worse; for each g
 * @param surprisals a token, or the end, is at least so surprising; for each threshold
 * @param baselines bigram, and bigram with the length rule
 * @param unlabelled keys of the stream that have no label; they do not count
 * @param absent labelled keys that the stream lacks; they count as not reported
 */
public record DetectionReport(
    Optional<Detection> calibrated,
    List<Detection> topG,
    List<Detection> surprisals,
    List<Detection> baselines,
    int unlabelled,
    int absent) {
  private static final int[] RANKS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 20};
  private static final int[] NATS = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

  /** Copies the lists. */
  public DetectionReport {
    topG = List.copyOf(topG);
    surprisals = List.copyOf(surprisals);
    baselines = List.copyOf(baselines);
  }

  /**
   * Evaluates a next-token model. A key that has several sequences is reported if one of them is.
   *
   * @param sequences of the labelled stream, numbered as the model does
   * @param labels of the keys; true = anomalous
   * @param training the sequences that the baselines learn from, numbered likewise
   * @throws IllegalArgumentException when the model's task is not next-token, no key has a label,
   *     or there is no training sequence
   */
  public static DetectionReport evaluate(
      RecurrentModel model,
      List<TrainingSequence> sequences,
      Map<String, Boolean> labels,
      List<TrainingSequence> training,
      EvaluationOptions options) {
    List<ScoredSequence> scored = ScoredSequence.score(model, sequences, options);
    Set<String> keys = new HashSet<>();
    sequences.forEach(sequence -> keys.add(sequence.key()));
    int absent = (int) labels.keySet().stream().filter(key -> !keys.contains(key)).count();
    if (absent == labels.size()) {
      throw new IllegalArgumentException(
          "none of the %d labels is of one of the %d keys; give the labels of this stream"
              .formatted(labels.size(), keys.size()));
    }
    BigramBaseline bigram = BigramBaseline.train(training);
    return new DetectionReport(
        calibrated(model.config(), scored, labels),
        topG(model.config().vocabulary().size(), scored, labels),
        surprisals(scored, labels),
        baselines(bigram, sequences, labels),
        (int) keys.stream().filter(key -> !labels.containsKey(key)).count(),
        absent);
  }

  private static Optional<Detection> calibrated(
      ModelConfig config, List<ScoredSequence> scored, Map<String, Boolean> labels) {
    AlertThresholds alerts = config.alerts();
    if (alerts == null) {
      return Optional.empty();
    }
    Set<String> reported = reported(scored, s -> s.alerts(alerts, config.vocabulary()));
    return Optional.of(Detection.of(config.modelId() + ", calibrated", labels, reported::contains));
  }

  private static List<Detection> topG(
      int vocabulary, List<ScoredSequence> scored, Map<String, Boolean> labels) {
    Map<String, Integer> worst = new LinkedHashMap<>();
    scored.forEach(s -> worst.merge(s.key(), s.worstRank(), Math::max));
    List<Detection> detections = new ArrayList<>();
    for (int g : RANKS) {
      if (g < vocabulary) {
        detections.add(Detection.of("top-" + g, labels, key -> worst.getOrDefault(key, 0) >= g));
      }
    }
    return detections;
  }

  private static List<Detection> surprisals(
      List<ScoredSequence> scored, Map<String, Boolean> labels) {
    Map<String, Float> largest = new LinkedHashMap<>();
    scored.forEach(s -> largest.merge(s.key(), s.maximumSurprisal(), Math::max));
    List<Detection> detections = new ArrayList<>();
    for (int nats : NATS) {
      detections.add(
          Detection.of(
              "surprisal " + nats + " nats", labels, key -> largest.getOrDefault(key, 0f) >= nats));
    }
    return detections;
  }

  private static List<Detection> baselines(
      BigramBaseline bigram, List<TrainingSequence> sequences, Map<String, Boolean> labels) {
    Set<String> unseen = new HashSet<>();
    Set<String> either = new HashSet<>();
    for (TrainingSequence sequence : sequences) {
      boolean pair = bigram.holdsUnseenPair(sequence);
      if (pair) {
        unseen.add(sequence.key());
      }
      if (pair || bigram.tooShort(sequence)) {
        either.add(sequence.key());
      }
    }
    return List.of(
        Detection.of("bigram", labels, unseen::contains),
        Detection.of("bigram, or shorter than " + bigram.shortest(), labels, either::contains));
  }

  private static Set<String> reported(
      List<ScoredSequence> scored, Predicate<ScoredSequence> anomalous) {
    Set<String> keys = new HashSet<>();
    scored.stream().filter(anomalous).forEach(s -> keys.add(s.key()));
    return keys;
  }

  /** The best of the ranks by F1; it could only be chosen with the labels at hand. */
  public Detection bestTopG() {
    return topG.stream().max(Comparator.comparingDouble(Detection::f1)).orElseThrow();
  }

  /** All detections in the order in which they are shown. */
  public List<Detection> all() {
    List<Detection> all = new ArrayList<>();
    calibrated.ifPresent(all::add);
    all.addAll(topG);
    all.addAll(surprisals);
    all.addAll(baselines);
    return all;
  }

  /** A table of all detections, a line each. */
  public String table() {
    StringBuilder table = new StringBuilder();
    String row = "%-32s %8s %13s %8s %10s %8s %8s%n";
    table.append(
        String.format(
            Locale.ROOT,
            row,
            "detector",
            "found",
            "false alarms",
            "missed",
            "precision",
            "recall",
            "F1"));
    for (Detection detection : all()) {
      table.append(
          String.format(
              Locale.ROOT,
              row,
              detection.detector(),
              detection.found(),
              detection.falseAlarms(),
              detection.missed(),
              three(detection.precision()),
              three(detection.recall()),
              three(detection.f1())));
    }
    return table.toString();
  }

  private static String three(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
