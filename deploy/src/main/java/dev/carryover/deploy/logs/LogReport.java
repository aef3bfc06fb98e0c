package dev.carryover.deploy.logs;

import dev.carryover.deploy.demo.LabelledLine;
import dev.carryover.deploy.evaluation.Agreement;
import dev.carryover.deploy.evaluation.BigramBaseline;
import dev.carryover.deploy.evaluation.ConfusionMatrix;
import dev.carryover.deploy.evaluation.SequenceScore;
import dev.carryover.deploy.evaluation.TextTable;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The text at the end of a demo, and whether all is as it must be: every inference once, and, when
 * a block ends with the stream, every block as PyTorch says.
 */
final class LogReport {

  /** How far the surprisal may be from PyTorch's, in nats. */
  static final double TOLERANCE_NATS = 1e-3;

  /** A normal session of this log has at least 13 events; the usual rule for it takes 11. */
  private static final int SHORTEST_NORMAL = 11;

  private static final int[] TOP_G = {3, 5, 7, 9, 10, 11, 12};
  private static final int REJECTED_LISTED = 5;

  private final LogSettings settings;
  private final HdfsLog log;
  private final LogResult result;
  private final Optional<Agreement> agreement;

  /**
   * @param reference what PyTorch says of every block, from its beginning to the end of the stream
   */
  LogReport(
      LogSettings settings, HdfsLog log, LogResult result, Map<String, SequenceScore> reference) {
    this.settings = settings;
    this.log = log;
    this.result = result;
    // A sequence that ends in a gap is another sequence: then there is nothing to agree with.
    this.agreement =
        settings.gap().isPresent()
            ? Optional.empty()
            : Optional.of(Agreement.between(reference, result.tally().scores(), TOLERANCE_NATS));
  }

  boolean passed() {
    return result.delivered() && agreement.map(Agreement::complete).orElse(true);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append('\n').append(measurements()).append('\n');
    text.append(detection()).append('\n');
    agreement.ifPresent(a -> text.append(agreement(a)));
    text.append(delivery());
    text.append(passed() ? "PASS" : "FAIL").append('\n');
    return text.toString();
  }

  private String measurements() {
    StringBuilder text = new StringBuilder();
    if (result.tally().ledger().delivered() == 0) {
      line(text, "Events", "no inference became visible; look at the log and at Flink's web page");
      return text.toString();
    }
    double seconds = result.elapsed().toNanos() / 1e9;
    line(
        text,
        "Events",
        "%,d of %,d blocks in %.1f s: %,.0f events/s, first one sent to last inference visible",
        log.events().size(),
        log.blocks().size(),
        seconds,
        log.events().size() / seconds);
    line(
        text,
        "Latency",
        "sent to visible for read-committed consumers: p50 %,d ms, p99 %,d ms",
        result.tally().latencies().percentile(0.5).toMillis(),
        result.tally().latencies().percentile(0.99).toMillis());
    line(
        text,
        "",
        "(exactly-once output waits for the next checkpoint, every %,d ms%s)",
        settings.job().checkpointInterval().toMillis(),
        settings.job().speed() == 0 ? "; sent at once, events also wait in the topic" : "");
    if (settings.copies() == 1) {
      line(text, "", "(from a cold start: the JVM compiles meanwhile; --copies 20 shows it warm)");
    }
    settings.gap().ifPresent(gap -> sequences(text, gap));
    return text.toString();
  }

  private void sequences(StringBuilder text, Duration gap) {
    line(
        text,
        "Sequences",
        "%,d instead of %,d: a block that is silent for longer than %s begins a new one",
        result.tally().ledger().sequences(),
        log.blocks().size(),
        gap.toString().substring(2).toLowerCase(Locale.ROOT));
  }

  private String detection() {
    TextTable table =
        new TextTable("detector", "found", "false alarms", "missed", "precision", "recall", "F1");
    Map<String, SequenceScore> scores = result.tally().scores();
    for (int g : TOP_G) {
      row(
          table,
          "hdfs-gru64, top-" + g,
          ConfusionMatrix.of(
              log.labels(),
              block -> scores.getOrDefault(block, SequenceScore.EMPTY).worstRank() >= g));
    }
    BigramBaseline bigram = BigramBaseline.train(log.normalSessions());
    row(
        table,
        "bigram",
        ConfusionMatrix.of(log.labels(), block -> bigram.isAnomalous(log.tokens(block))));
    row(
        table,
        "bigram, or shorter than " + SHORTEST_NORMAL,
        ConfusionMatrix.of(
            log.labels(),
            block ->
                bigram.isAnomalous(log.tokens(block))
                    || log.tokens(block).size() < SHORTEST_NORMAL));
    long anomalous = log.labels().values().stream().filter(label -> label).count();
    return String.format(
        Locale.ROOT,
        "Detection of the %d anomalous blocks (top-g: a token, or the end, ranked g or worse; bigram: over whole"
            + " blocks)%n%s",
        anomalous,
        table);
  }

  private static void row(TextTable table, String name, ConfusionMatrix matrix) {
    table.row(
        name,
        Integer.toString(matrix.truePositives()),
        Integer.toString(matrix.falsePositives()),
        Integer.toString(matrix.falseNegatives()),
        String.format(Locale.ROOT, "%.3f", matrix.precision()),
        String.format(Locale.ROOT, "%.3f", matrix.recall()),
        String.format(Locale.ROOT, "%.3f", matrix.f1()));
  }

  private static String agreement(Agreement agreement) {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "PyTorch",
        "%,d of %,d blocks agree: worst rank equal, surprisal within %.0e nats (largest difference: sum %.1e,"
            + " maximum %.1e)",
        agreement.agreeing(),
        agreement.keys(),
        TOLERANCE_NATS,
        agreement.largestSumDifference(),
        agreement.largestMaxDifference());
    agreement.disagreements().forEach(d -> line(text, "", "%s", d));
    return text.toString();
  }

  private String delivery() {
    InferenceTally tally = result.tally();
    StringBuilder text = new StringBuilder();
    line(
        text,
        "Delivery",
        "%,d of %,d inferences, %,d doubled, %,d left out; %,d of %,d sequences ended; %,d of %,d alerts",
        tally.ledger().delivered() - tally.ledger().doubled(),
        result.expectedInferences(),
        tally.ledger().doubled(),
        tally.ledger().holes(),
        tally.ends(),
        result.expectedSequences(),
        result.alerts(),
        tally.alerting());
    line(text, "", "%,d dead letters and late events", result.rejected().size());
    result.rejected().stream().limit(REJECTED_LISTED).forEach(r -> line(text, "", "%s", r));
    return text.toString();
  }

  private static void line(StringBuilder text, String what, String format, Object... values) {
    text.append(LabelledLine.of(what, format, values));
  }
}
