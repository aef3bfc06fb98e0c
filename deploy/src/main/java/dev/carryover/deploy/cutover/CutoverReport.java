package dev.carryover.deploy.cutover;

import dev.carryover.deploy.cutover.CutoverSettings.Times;
import dev.carryover.deploy.demo.LabelledLine;
import dev.carryover.deploy.demo.RevisionStatuses;
import dev.carryover.deploy.demo.RevisionSwap;
import dev.carryover.deploy.evaluation.TextTable;
import dev.carryover.deploy.logs.HdfsLog;
import dev.carryover.schemas.RevisionStatus;
import dev.carryover.schemas.StatePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * The text at the end of the second part, and whether all is as it must be: every event has one
 * inference, by the revision that the announcement says, and the job says the same.
 */
final class CutoverReport {

  private static final int REJECTED_LISTED = 5;

  private final HdfsLog log;
  private final Times times;
  private final StatePolicy policy;
  private final long sequences;
  private final RevisionTally tally;
  private final List<String> rejected;

  /**
   * @param sequences how many there must be
   * @param rejected a line for each dead letter and late event
   */
  CutoverReport(
      HdfsLog log,
      Times times,
      StatePolicy policy,
      long sequences,
      RevisionTally tally,
      List<String> rejected) {
    this.log = log;
    this.times = times;
    this.policy = policy;
    this.sequences = sequences;
    this.tally = tally;
    this.rejected = List.copyOf(rejected);
  }

  boolean passed() {
    RevisionStatuses statuses = tally.statuses();
    return tally.events() == log.events().size()
        && tally.ends() == sequences
        && tally.ledger().sequences() == sequences
        && tally.ledger().doubled() == 0
        && tally.ledger().holes() == 0
        && tally.misplaced() == 0
        && (policy != StatePolicy.DRAIN || tally.torn() == 0)
        && tally.alertsTold() == tally.alertsExpected()
        && rejected.isEmpty()
        && statuses.all(RevisionSwap.FIRST, RevisionStatus.SUPERSEDED)
        && statuses.all(RevisionSwap.SECOND, RevisionStatus.ACTIVE);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append('\n').append(served()).append('\n');
    text.append(alerts()).append('\n');
    int hour = times.hourOf(times.cutoverMs());
    text.append(
            HourChart.text(
                "Events by hour of the stream",
                tally.eventsByHour(RevisionSwap.FIRST),
                tally.eventsByHour(RevisionSwap.SECOND),
                hour))
        .append('\n');
    text.append(
            HourChart.text(
                "Alerts on events by hour of the stream",
                tally.alertsByHour(RevisionSwap.FIRST),
                tally.alertsByHour(RevisionSwap.SECOND),
                hour))
        .append('\n');
    text.append(delivery());
    text.append(passed() ? "PASS" : "FAIL").append('\n');
    return text.toString();
  }

  private String served() {
    TextTable table =
        new TextTable("revision", "active from", "events", "sequences", "what the job said of it")
            .left(1, 4);
    for (long revision : new long[] {RevisionSwap.FIRST, RevisionSwap.SECOND}) {
      table.row(
          Long.toString(revision),
          Instant.ofEpochMilli(revision == RevisionSwap.FIRST ? times.beginMs() : times.cutoverMs())
              .toString(),
          count(tally.share(revision, false).events() + tally.share(revision, true).events()),
          count(tally.sequences(revision)),
          tally.statuses().text(revision));
    }
    return table.toString();
  }

  private String alerts() {
    TextTable table =
        new TextTable(
            "served",
            "hours",
            "events",
            "alerts",
            "an hour",
            "per 1,000 events",
            "on ends",
            "sequences",
            "anomalous");
    row(table, "before, by revision 1", RevisionSwap.FIRST, false);
    row(table, "after, by revision 1", RevisionSwap.FIRST, true);
    row(table, "after, by revision 2", RevisionSwap.SECOND, true);
    return "Before and after the cutover: alerts on events, and on ends of sequences; sequences that alert, and those of\n"
        + "them that the labels call anomalous (nothing was trained on labels)\n"
        + table;
  }

  private void row(TextTable table, String name, long revision, boolean after) {
    RevisionTally.Share share = tally.share(revision, after);
    double hours =
        after
            ? times.hours(times.endMs()) - times.hours(times.cutoverMs())
            : times.hours(times.cutoverMs());
    long anomalous =
        share.alerting().stream()
            .filter(sequence -> log.labels().getOrDefault(sequence.block(), false))
            .count();
    table.row(
        name,
        decimal(hours),
        count(share.events()),
        count(share.alerts()),
        decimal(share.alerts() / hours),
        share.events() == 0 ? "-" : decimal(1000.0 * share.alerts() / share.events()),
        count(share.endAlerts()),
        count(share.alerting().size()),
        count(anomalous));
  }

  private String delivery() {
    StringBuilder text = new StringBuilder();
    long missing = log.events().size() - tally.events() + sequences - tally.ends();
    line(
        text,
        "Delivery",
        "%,d events and %,d ends of sequences, %,d + %,d inferences: %,d doubled, %,d missing",
        log.events().size(),
        sequences,
        tally.events(),
        tally.ends(),
        tally.ledger().doubled(),
        missing);
    line(
        text,
        "",
        "%,d of %,d alerts follow the thresholds of the revision that scored; %,d dead letters and late events",
        tally.alertsTold(),
        tally.alertsExpected(),
        rejected.size());
    rejected.stream().limit(REJECTED_LISTED).forEach(r -> line(text, "", "%s", r));
    line(
        text,
        "Revisions",
        "%,d inferences by another revision than the announcement says",
        tally.misplaced());
    line(
        text,
        "",
        "%,d sequences ran at the cutover: %,d went from one revision to the other%s",
        tally.across(),
        tally.torn(),
        policy == StatePolicy.DRAIN ? ", as drain promises" : "");
    return text.toString();
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String decimal(double number) {
    return String.format(Locale.ROOT, "%,.1f", number);
  }

  private static void line(StringBuilder text, String what, String format, Object... values) {
    text.append(LabelledLine.of(what, format, values));
  }
}
