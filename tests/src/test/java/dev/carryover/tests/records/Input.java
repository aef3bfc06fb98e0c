package dev.carryover.tests.records;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.source.BadRecords;
import dev.carryover.job.source.BadRecords.Case;
import dev.carryover.job.source.BadRecords.Format;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.Cell;
import dev.carryover.schemas.Event;
import dev.carryover.tests.stream.TestingModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What a model reads, and which well-formed events it has no use for. */
enum Input {
  /** Tokens {@code w0} to {@code w9}. */
  TOKENS,
  /** Two features, each divided by a half. */
  FEATURES;

  private static final int WORDS = 10;
  private static final int GIANT_BYTES = 5 << 20;

  /** A model that reads it. */
  ModelFile model() {
    return this == TOKENS
        ? TestingModels.nextToken(Cell.LSTM, WORDS, 12, 1, 53)
        : TestingModels.regression(Cell.RNN_RELU, 2, 12, 59);
  }

  /** An event that the model can use, the {@code number}th of its kind. */
  Event good(String key, long timestampMs, int number) {
    Event event = Event.newBuilder().setKey(key).setTimestampMs(timestampMs).build();
    if (this == TOKENS) {
      event.setToken("w" + number % WORDS);
    } else {
      event.setFeatures(List.of(0.25f * (number % 7), -0.5f * (number % 5)));
    }
    return event;
  }

  /** Events that can be decoded and not be used, as records of a format. */
  List<Case> misfits(Format format, RecordWriter writer) throws IOException {
    List<Misfit> misfits = new ArrayList<>();
    if (this == TOKENS) {
      addTokenMisfits(misfits);
    } else {
      addFeatureMisfits(misfits);
    }
    misfits.add(new Misfit(RejectReason.MISSING_INPUT, "neither an input nor an end", null));
    misfits.add(
        new Misfit(RejectReason.MISSING_INPUT, "end of a sequence that does not run", null)
            .atEnd());
    List<Case> cases = new ArrayList<>();
    for (Misfit misfit : misfits) {
      cases.add(misfit.as(format, writer));
    }
    cases.add(giant(format, "5 MiB of anything", random(GIANT_BYTES)));
    cases.add(
        giant(
            format,
            "5 MiB that would be an event",
            writer.write(
                Event.newBuilder(good("giant", BadRecords.NOW_MS, 0))
                    .setKey("k".repeat(GIANT_BYTES))
                    .build())));
    return cases;
  }

  private static void addTokenMisfits(List<Misfit> misfits) {
    for (String token :
        List.of("never-seen", "", "W1", " w1", "w1 ", "\u0175" + "1", "w10", "\uD83D\uDE00")) {
      misfits.add(new Misfit(RejectReason.UNKNOWN_TOKEN, "token '" + token + "'", token));
    }
    misfits.add(
        new Misfit(RejectReason.UNKNOWN_TOKEN, "token of 10,000 letters", "w".repeat(10_000)));
    misfits.add(
        new Misfit(RejectReason.UNKNOWN_TOKEN, "unknown token at an end", "nothing").atEnd());
    misfits.add(
        new Misfit(RejectReason.UNEXPECTED_INPUT, "features beside the token", "w1", 1f, 2f));
    misfits.add(
        new Misfit(RejectReason.UNEXPECTED_INPUT, "features in place of a token", null, 1f));
    misfits.add(
        new Misfit(RejectReason.UNEXPECTED_INPUT, "features beside an unknown token", "?", 1f));
    misfits.add(new Misfit(RejectReason.UNEXPECTED_INPUT, "features at an end", null, 1f).atEnd());
  }

  private static void addFeatureMisfits(List<Misfit> misfits) {
    misfits.add(new Misfit(RejectReason.FEATURE_COUNT, "one feature", null, 1f));
    misfits.add(new Misfit(RejectReason.FEATURE_COUNT, "three features", null, 1f, 2f, 3f));
    misfits.add(new Misfit(RejectReason.FEATURE_COUNT, "one feature at an end", null, 1f).atEnd());
    misfits.add(
        new Misfit(RejectReason.FEATURE_COUNT, "a thousand features", null, new Float[1000]));
    misfits.add(
        new Misfit(RejectReason.UNEXPECTED_INPUT, "token beside the features", "w1", 1f, 2f));
    misfits.add(new Misfit(RejectReason.UNEXPECTED_INPUT, "token in place of features", "w1"));
    misfits.add(new Misfit(RejectReason.UNEXPECTED_INPUT, "token at an end", "w1").atEnd());
    misfits.add(
        new Misfit(
            RejectReason.NON_FINITE_STATE,
            "features that overflow",
            null,
            Float.MAX_VALUE,
            Float.MAX_VALUE));
    misfits.add(
        new Misfit(
            RejectReason.NON_FINITE_STATE,
            "features that overflow below",
            null,
            -Float.MAX_VALUE,
            0f));
  }

  private static Case giant(Format format, String name, byte[] value) {
    return new Case(
        format,
        name,
        "giant".getBytes(StandardCharsets.UTF_8),
        value,
        BadRecords.NOW_MS,
        RejectReason.RECORD_TOO_LARGE);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** An event with the reason why it cannot be used; a feature that is null counts as 1. */
  private record Misfit(
      RejectReason reason, String name, String token, boolean end, List<Float> features) {

    Misfit(RejectReason reason, String name, String token, Float... features) {
      this(
          reason,
          name,
          token,
          false,
          features.length > 10 ? Collections.nCopies(features.length, 1f) : List.of(features));
    }

    Misfit atEnd() {
      return new Misfit(reason, name, token, true, features);
    }

    Case as(Format format, RecordWriter writer) throws IOException {
      Event event =
          Event.newBuilder()
              .setKey("misfit " + name)
              .setTimestampMs(BadRecords.NOW_MS)
              .setToken(token)
              .setFeatures(features)
              .setEnd(end)
              .build();
      return new Case(
          format,
          name,
          name.getBytes(StandardCharsets.UTF_8),
          writer.write(event),
          BadRecords.NOW_MS,
          reason);
    }
  }
}
