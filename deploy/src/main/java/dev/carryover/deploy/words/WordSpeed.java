package dev.carryover.deploy.words;

import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.demo.EventFeed;
import dev.carryover.deploy.demo.LabelledLine;
import dev.carryover.deploy.evaluation.Latencies;
import dev.carryover.deploy.words.WordTally.Answer;
import java.util.List;
import java.util.function.Predicate;

/** How fast letters went in and answers came out. */
final class WordSpeed {

  private static final double NANOS = 1e9;

  private final WordStream stream;
  private final int cutover;
  private final EventFeed feed;
  private final List<Answer> answers;
  private final DemoSettings settings;
  private final boolean coldStart;

  /**
   * @param cutover the position of the event before which the feed waited; the size of the stream
   *     if it did not
   * @param feed has sent everything
   * @param settings how it was sent
   */
  WordSpeed(
      WordStream stream, int cutover, EventFeed feed, List<Answer> answers, WordSettings settings) {
    this.stream = stream;
    this.cutover = cutover;
    this.feed = feed;
    this.answers = answers;
    this.settings = settings.job();
    this.coldStart = settings.copies() == 1;
  }

  /** Lines for the report. */
  String text() {
    if (answers.isEmpty()) {
      return LabelledLine.of(
          "Letters", "no answer became visible; look at the log and at Flink's web page");
    }
    double seconds = seconds(0, answer -> answer.request().lastEvent() < cutover);
    if (cutover < stream.size()) {
      seconds += seconds(cutover, answer -> true);
    }
    Latencies latencies = new Latencies(answers.size());
    for (Answer answer : answers) {
      latencies.add(answer.visibleNanos() - feed.sentNanos(answer.request().lastEvent()));
    }
    return LabelledLine.of(
            "Letters",
            "%,d in %.1f s: %,.0f letters/s, %,.0f words/s, first one sent to last answer visible%s",
            stream.size(),
            seconds,
            stream.size() / seconds,
            answers.size() / seconds,
            cutover < stream.size() ? ", less the wait for revision 2" : "")
        + (coldStart
            ? LabelledLine.of(
                "", "(from a cold start: the JVM compiles meanwhile; --copies 10 shows it warm)")
            : "")
        + LabelledLine.of(
            "Latency",
            "last letter sent to answer visible for read-committed consumers: p50 %,d ms, p99 %,d ms",
            latencies.percentile(0.5).toMillis(),
            latencies.percentile(0.99).toMillis())
        + LabelledLine.of(
            "",
            "(exactly-once output waits for the next checkpoint, every %,d ms%s)",
            settings.checkpointInterval().toMillis(),
            settings.speed() == 0 ? "; sent at once, letters also wait in the topic" : "");
  }

  /** From when an event was sent to when the last of some answers became visible. */
  private double seconds(int event, Predicate<Answer> which) {
    long from = feed.sentNanos(event);
    long to = answers.stream().filter(which).mapToLong(Answer::visibleNanos).max().orElse(from);
    return (to - from) / NANOS;
  }
}
