package dev.carryover.deploy.words;

import dev.carryover.deploy.words.WordStream.Request;
import dev.carryover.schemas.Hypothesis;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.SequenceEnd;
import dev.carryover.schemas.Transduction;
import java.util.Arrays;
import java.util.List;

/** A stream of three short words, two at a time, and what a job may say of them. */
final class TestingAnswers {

  static final DictionaryWord EGG = new DictionaryWord("egg", List.of(List.of("EH", "G")));
  static final DictionaryWord OX = new DictionaryWord("ox", List.of(List.of("AA", "K", "S")));
  static final DictionaryWord EITHER =
      new DictionaryWord("either", List.of(List.of("IY", "DH", "ER"), List.of("AY", "DH", "ER")));

  /** One writer: egg is events 0 to 2, ox 3 and 4, either 5 to 10. */
  static final WordStream STREAM = new WordStream(List.of(EGG, OX, EITHER), 1);

  private TestingAnswers() {}

  /** The right answer to a request, counted from 0, with another pronunciation. */
  static Inference answer(int request, long revision, String... phones) {
    Request of = STREAM.requests().get(request);
    return Inference.newBuilder()
        .setKey(of.key())
        .setTimestampMs(STREAM.timeMs(of.lastEvent()))
        .setSequenceStartMs(STREAM.timeMs(of.firstEvent()))
        .setStep(of.word().spelling().length())
        .setModelId("pronunciation")
        .setRevision(revision)
        .setPrediction(
            Transduction.newBuilder()
                .setHypotheses(
                    List.of(
                        Hypothesis.newBuilder()
                            .setTokens(Arrays.asList(phones))
                            .setScore(-1)
                            .build()))
                .build())
        .setSequenceEnd(SequenceEnd.END_FLAG)
        .build();
  }
}
