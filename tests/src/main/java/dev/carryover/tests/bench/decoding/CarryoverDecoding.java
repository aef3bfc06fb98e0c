package dev.carryover.tests.bench.decoding;

import dev.carryover.runtime.seq2seq.DecoderSession;
import dev.carryover.runtime.seq2seq.DecodingOptions;
import dev.carryover.runtime.seq2seq.Hypothesis;
import dev.carryover.runtime.seq2seq.Seq2SeqModel;
import java.util.ArrayList;
import java.util.List;

/** Carryover's runtime: a batch is encoded together, and its beams are stepped together. */
final class CarryoverDecoding implements DecodingContender {
  private final Seq2SeqModel model;
  private final DecoderSession session;
  private final DecodingOptions options;

  CarryoverDecoding(DecodingWorkload workload, int batch) {
    model = Seq2SeqModel.load(workload.file());
    session = model.newDecoder(batch * DecodingWorkload.BEAM);
    options =
        DecodingOptions.beam(DecodingWorkload.BEAM, workload.maximumLength())
            .withNBest(DecodingWorkload.BEAM);
  }

  @Override
  public List<List<Answer>> decode(List<int[]> words) {
    List<List<Answer>> answers = new ArrayList<>(words.size());
    for (List<Hypothesis> best : session.decode(model.encodeAll(words), options)) {
      List<Answer> ofWord = new ArrayList<>(best.size());
      for (Hypothesis hypothesis : best) {
        ofWord.add(new Answer(hypothesis.tokens(), hypothesis.score()));
      }
      answers.add(ofWord);
    }
    return answers;
  }

  @Override
  public void close() {
    // Nothing is held outside the heap.
  }
}
