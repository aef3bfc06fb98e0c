package dev.carryover.tests.bench.decoding;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.TensorShapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * libtorch through DJL, as such a loop is written in PyTorch: {@code nn.GRU} over the batch in both
 * directions; then step by step attention, {@code nn.GRU} of one step, the head, {@code
 * log_softmax} and {@code topk}, with the beams of all words as the batch. Keys are worked out once
 * a word.
 *
 * <p>Words of one length have no padding and need no mask; those that are finished leave the batch
 * as the states are reordered. What is written is kept in Java, as it is kept in Python.
 */
final class LibtorchDecoding implements DecodingContender {
  private static final int BEAM = DecodingWorkload.BEAM;

  private final NDManager manager = NDManager.newBaseManager();
  private final ModelFile file;
  private final int maximumLength;
  private final int begin;
  private final int end;
  private final int vocabularySize;
  private final int hiddenSize;
  private final int encoderHiddenSize;
  private final int keySize;
  private final int attentionSize;
  private final NDArray sourceEmbedding;
  private final NDArray targetEmbedding;
  private final NDList encoder = new NDList();
  private final NDList decoder = new NDList();
  private final NDArray bridge;
  private final NDArray bridgeBias;
  private final NDArray query;
  private final NDArray key;
  private final NDArray keyBias;
  private final NDArray energy;
  private final NDArray head;
  private final NDArray headBias;

  LibtorchDecoding(DecodingWorkload workload) {
    file = workload.file();
    maximumLength = workload.maximumLength();
    begin = file.config().encoderDecoder().targetVocabulary().beginId();
    end = file.config().encoderDecoder().targetVocabulary().endId();
    vocabularySize = file.config().outputSize();
    hiddenSize = file.config().hiddenSize();
    encoderHiddenSize = file.config().encoderDecoder().encoderHiddenSize();
    keySize = file.config().encoderDecoder().keySize();
    attentionSize = file.config().encoderDecoder().attentionSize();
    sourceEmbedding = tensor(TensorShapes.SOURCE_EMBEDDING);
    targetEmbedding = tensor(TensorShapes.TARGET_EMBEDDING);
    for (String name : layer(TensorShapes.ENCODER_PREFIX)) {
      encoder.add(tensor(name));
    }
    for (String name : layer(TensorShapes.ENCODER_PREFIX)) {
      encoder.add(tensor(TensorShapes.reverse(name)));
    }
    for (String name : layer(TensorShapes.DECODER_PREFIX)) {
      decoder.add(tensor(name));
    }
    bridge = tensor(TensorShapes.BRIDGE_H_WEIGHT);
    bridgeBias = tensor(TensorShapes.BRIDGE_H_BIAS);
    query = tensor(TensorShapes.ATTENTION_QUERY);
    key = tensor(TensorShapes.ATTENTION_KEY);
    keyBias = tensor(TensorShapes.ATTENTION_KEY_BIAS);
    energy = tensor(TensorShapes.ATTENTION_ENERGY);
    head = tensor(TensorShapes.HEAD_WEIGHT);
    headBias = tensor(TensorShapes.HEAD_BIAS);
  }

  private static List<String> layer(String prefix) {
    return List.of(
        TensorShapes.inputWeight(prefix, 0),
        TensorShapes.hiddenWeight(prefix, 0),
        TensorShapes.inputBias(prefix, 0),
        TensorShapes.hiddenBias(prefix, 0));
  }

  private NDArray tensor(String name) {
    int[] shape = file.shape(name);
    long[] dimensions = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      dimensions[i] = shape[i];
    }
    return manager.create(file.tensor(name), new Shape(dimensions));
  }

  @Override
  public List<List<Answer>> decode(List<int[]> words) {
    try (NDManager ofBatch = manager.newSubManager()) {
      return new Batch(ofBatch, words).decode();
    }
  }

  /** One word's search. */
  private static final class Beam {
    private final List<int[]> written = new ArrayList<>(List.of(new int[0]));
    private final List<Answer> ended = new ArrayList<>();
    private float[] scores = {0f};
    private final int[] parents = new int[BEAM];
    private boolean over;

    /** Follows the best of 2K proposals, which stand by falling score. */
    void advance(float[] proposed, long[] indices, int at, int count, LibtorchDecoding model) {
      List<int[]> before = List.copyOf(written);
      written.clear();
      float[] followedScores = new float[BEAM];
      for (int i = 0; i < count && written.size() < BEAM; i++) {
        int token = (int) (indices[at + i] % model.vocabularySize);
        int parent = (int) (indices[at + i] / model.vocabularySize);
        int[] prefix = before.get(parent);
        if (token == model.end) {
          ended.add(new Answer(prefix, proposed[at + i]));
        } else {
          int[] longer = Arrays.copyOf(prefix, prefix.length + 1);
          longer[prefix.length] = token;
          parents[written.size()] = parent;
          followedScores[written.size()] = proposed[at + i];
          written.add(longer);
        }
      }
      scores = followedScores;
      over = ended.size() >= BEAM || written.get(0).length == model.maximumLength;
    }

    List<Answer> answers() {
      List<Answer> all = new ArrayList<>(ended);
      for (int row = 0; row < BEAM && ended.size() < BEAM; row++) {
        all.add(new Answer(written.get(row), scores[row]));
      }
      all.sort((a, b) -> Float.compare(b.score(), a.score()));
      return List.copyOf(all.subList(0, BEAM));
    }
  }

  /** Words that are decoded together: W words that are not finished, of K rows each. */
  private final class Batch {
    private final NDManager ofBatch;
    private final List<Beam> beams = new ArrayList<>();
    private List<Beam> live = new ArrayList<>();
    private final int steps;
    private NDArray keys; // [W, S, A]
    private NDArray values; // [W, S, D*He]
    private NDArray h; // [1, W*K, H]

    Batch(NDManager ofBatch, List<int[]> words) {
      this.ofBatch = ofBatch;
      this.steps = words.get(0).length;
      long[] tokens = new long[words.size() * steps];
      for (int word = 0; word < words.size(); word++) {
        for (int s = 0; s < steps; s++) {
          tokens[word * steps + s] = words.get(word)[s];
        }
        beams.add(new Beam());
      }
      live.addAll(beams);
      NDArray zero = ofBatch.zeros(new Shape(2, words.size(), encoderHiddenSize));
      NDArray read = rows(sourceEmbedding, tokens).reshape(words.size(), steps, -1);
      NDList encoded =
          read.getNDArrayInternal().gru(read, zero, encoder, true, 1, 0, false, true, true);
      values = encoded.get(0);
      NDArray last = encoded.get(1);
      h = linear(last.get(0).concat(last.get(1), 1), bridge, bridgeBias).tanh().expandDims(0);
      keys = linear(values, key, keyBias);
    }

    /** Rows of a table, with the manager of the batch. */
    private NDArray rows(NDArray table, long[] indices) {
      NDArray at = ofBatch.create(indices);
      return at.getNDArrayInternal().embedding(at, table, SparseFormat.DENSE).singletonOrThrow();
    }

    List<List<Answer>> decode() {
      long[] tokens = new long[live.size()];
      Arrays.fill(tokens, begin);
      int width = 1;
      while (!live.isEmpty()) {
        NDList proposed = step(tokens, width);
        float[] scores = proposed.get(0).toFloatArray();
        long[] indices = proposed.get(1).toLongArray();
        int count = scores.length / live.size();
        for (int word = 0; word < live.size(); word++) {
          live.get(word).advance(scores, indices, word * count, count, LibtorchDecoding.this);
        }
        tokens = reorder(width);
        width = BEAM;
      }
      return beams.stream().map(Beam::answers).toList();
    }

    /** Takes a step and answers the 2K best of every word: scores, and indices into K*V. */
    private NDList step(long[] tokens, int width) {
      int words = live.size();
      NDArray state = h.reshape(words * width, hiddenSize);
      NDArray asked = linear(state, query, null).reshape(words, width, 1, attentionSize);
      NDArray compared = asked.add(keys.reshape(words, 1, steps, attentionSize)).tanh();
      NDArray weights = linear(compared, energy, null).reshape(words, width, steps).softmax(-1);
      NDArray context = weights.batchMatMul(values).reshape(words * width, keySize);
      NDArray input = rows(targetEmbedding, tokens).concat(context, 1).expandDims(0);
      NDList stepped =
          input.getNDArrayInternal().gru(input, h, decoder, true, 1, 0, false, false, false);
      h = stepped.get(1);
      NDArray output = stepped.get(0).reshape(words * width, hiddenSize);
      NDArray likely = linear(output.concat(context, 1), head, headBias).logSoftmax(-1);
      float[] before = new float[words * width];
      for (int word = 0; word < words; word++) {
        System.arraycopy(live.get(word).scores, 0, before, word * width, width);
      }
      likely.addi(ofBatch.create(before, new Shape(before.length, 1)));
      return likely.reshape(words, width * vocabularySize).topK(2 * BEAM, 1);
    }

    /** Puts states in the order of the new beams, without the words that are finished. */
    private long[] reorder(int width) {
      List<Beam> left = new ArrayList<>();
      long[] kept = new long[live.size()];
      long[] from = new long[live.size() * BEAM];
      long[] tokens = new long[live.size() * BEAM];
      for (int word = 0; word < live.size(); word++) {
        Beam beam = live.get(word);
        if (beam.over) {
          continue;
        }
        for (int row = 0; row < BEAM; row++) {
          int at = left.size() * BEAM + row;
          int[] prefix = beam.written.get(row);
          from[at] = (long) word * width + beam.parents[row];
          tokens[at] = prefix[prefix.length - 1];
        }
        kept[left.size()] = word;
        left.add(beam);
      }
      if (!left.isEmpty()) {
        long[] order = Arrays.copyOf(from, left.size() * BEAM);
        h = rows(h.reshape(-1, hiddenSize), order).expandDims(0);
        if (left.size() < live.size()) {
          long[] words = Arrays.copyOf(kept, left.size());
          keys = rows(keys.reshape(live.size(), -1), words).reshape(-1, steps, attentionSize);
          values = rows(values.reshape(live.size(), -1), words).reshape(-1, steps, keySize);
        }
      }
      live = left;
      return Arrays.copyOf(tokens, left.size() * BEAM);
    }
  }

  private static NDArray linear(NDArray input, NDArray weights, NDArray bias) {
    return input.getNDArrayInternal().linear(input, weights, bias).singletonOrThrow();
  }

  @Override
  public void close() {
    manager.close();
  }
}
