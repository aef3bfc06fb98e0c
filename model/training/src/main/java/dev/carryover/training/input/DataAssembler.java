package dev.carryover.training.input;

import dev.carryover.model.spec.FeatureSchema;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.SpecialTokens;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.KeySplit;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Splits sequences, decides on vocabulary, labels and normalization, and numbers the sequences. */
final class DataAssembler {
  private final InputOptions options;
  private final String source;
  private final Symbols tokens;
  private final Symbols labels;
  private final List<String> featureNames;

  DataAssembler(
      InputOptions options,
      String source,
      Symbols tokens,
      Symbols labels,
      List<String> featureNames) {
    this.options = options;
    this.source = source;
    this.tokens = tokens;
    this.labels = labels;
    this.featureNames = featureNames;
  }

  TrainingData assemble(List<RawSequence> sequences, String digest, int valueCount)
      throws DataException {
    if (sequences.isEmpty()) {
      throw new DataException(
          "there are 0 sequences, and at least 2 are needed", source, "give some data");
    }
    List<RawSequence> training = new ArrayList<>();
    List<RawSequence> validation = new ArrayList<>();
    if (options.continuous()) {
      splitInTime(sequences, training, validation);
    } else {
      splitByKey(sequences, training, validation);
    }
    TrainingData.Builder data =
        TrainingData.builder()
            .task(options.task())
            .continuous(options.continuous())
            .digest(digest)
            .valueCount(options.task() == Task.REGRESS ? valueCount : 0);
    List<String> labelNames = labelNames();
    data.labels(labelNames);
    Numbering numbering;
    if (featureNames.isEmpty()) {
      Vocabulary vocabulary = vocabulary(training);
      data.vocabulary(vocabulary);
      numbering = new Numbering(vocabulary, labelNames);
    } else {
      data.features(Normalization.of(featureNames, training));
      numbering = new Numbering(null, labelNames);
    }
    return data.training(numbering.number(training))
        .validation(numbering.number(validation))
        .build();
  }

  List<TrainingSequence> numbered(List<RawSequence> sequences, ModelConfig config, int valueCount)
      throws DataException {
    if (sequences.isEmpty()) {
      throw new DataException(
          "there are 0 sequences, and at least 1 is needed", source, "give some data");
    }
    if (config.tokenInput() != featureNames.isEmpty()) {
      throw new DataException(
          "the data has %s and model '%s' takes %s"
              .formatted(
                  featureNames.isEmpty() ? "tokens" : "features",
                  config.modelId(),
                  config.tokenInput() ? "tokens" : "features"),
          source,
          "give the data that the model was trained for");
    }
    if (!config.tokenInput() && featureNames.size() != config.inputSize()) {
      throw new DataException(
          "the data has %d features %s and model '%s' takes %d: %s"
              .formatted(
                  featureNames.size(),
                  featureNames,
                  config.modelId(),
                  config.inputSize(),
                  config.features().names()),
          source,
          "name the columns that the model takes");
    }
    if (config.task() == Task.REGRESS && valueCount != config.outputSize()) {
      throw new DataException(
          "the data has %d values to predict and model '%s' predicts %d"
              .formatted(valueCount, config.modelId(), config.outputSize()),
          source,
          "name the columns that the model predicts");
    }
    return new Numbering(config.vocabulary(), config.labels()).number(sequences);
  }

  /** The last part of the stream is held back. */
  private void splitInTime(
      List<RawSequence> pieces, List<RawSequence> training, List<RawSequence> validation)
      throws DataException {
    long total = pieces.stream().mapToLong(RawSequence::length).sum();
    long held = Math.round(total * options.validationFraction());
    if (total - held < 2) {
      throw new DataException(
          "the stream has %d steps, of which %d are held back, and 2 are needed to learn from"
              .formatted(total, held),
          source,
          "give a longer one");
    }
    long room = total - held;
    for (RawSequence piece : pieces) {
      int here = (int) Math.min(room, piece.length());
      if (here > 0) {
        training.add(slice(piece, 0, here));
      }
      if (here < piece.length()) {
        validation.add(slice(piece, here, piece.length()));
      }
      room -= here;
    }
  }

  private static RawSequence slice(RawSequence piece, int from, int to) {
    if (from == 0 && to == piece.length()) {
      return piece;
    }
    return new RawSequence(
        piece.key(),
        piece.tokens() == null ? null : Arrays.copyOfRange(piece.tokens(), from, to),
        piece.features() == null ? null : Arrays.copyOfRange(piece.features(), from, to),
        piece.labels() == null ? null : Arrays.copyOfRange(piece.labels(), from, to),
        piece.values() == null ? null : Arrays.copyOfRange(piece.values(), from, to));
  }

  /**
   * All sequences of a key fall on one side. The keys are put in the order of a hash of the key and
   * the seed, and the first of them are held back: as many as the fraction says, and one at least.
   */
  private void splitByKey(
      List<RawSequence> sequences, List<RawSequence> training, List<RawSequence> validation)
      throws DataException {
    Set<String> keys = new LinkedHashSet<>();
    sequences.forEach(sequence -> keys.add(sequence.key()));
    Set<String> heldBack = KeySplit.heldBack(keys, options.validationFraction(), options.seed());
    if (heldBack.size() == keys.size()) {
      throw new DataException(
          "there is %d key, of which %d is held back, and none is left to learn from"
              .formatted(keys.size(), heldBack.size()),
          source,
          "give more keys, or hold none back");
    }
    for (RawSequence sequence : sequences) {
      (heldBack.contains(sequence.key()) ? validation : training).add(sequence);
    }
  }

  /** Special tokens first, then the others by falling count; of equal counts as texts compare. */
  private Vocabulary vocabulary(List<RawSequence> training) throws DataException {
    long[] counts = new long[tokens.size()];
    for (RawSequence sequence : training) {
      for (int token : sequence.tokens()) {
        counts[token]++;
      }
    }
    SpecialTokens special = specialTokens();
    Set<String> entries = new LinkedHashSet<>();
    for (String token : Arrays.asList(special.unknown(), special.begin(), special.end())) {
      if (token != null) {
        entries.add(token);
      }
    }
    List<String> kept =
        IntStream.range(0, counts.length)
            .filter(token -> counts[token] >= options.minimumCount())
            .boxed()
            .sorted(
                Comparator.comparingLong((Integer token) -> -counts[token])
                    .thenComparing(tokens::text))
            .map(tokens::text)
            .filter(token -> !entries.contains(token))
            .toList();
    if (kept.size() < 2) {
      throw new DataException(
          "the vocabulary is %s, and at least 2 tokens that occur %d times or more are needed"
              .formatted(kept, options.minimumCount()),
          source,
          "give data with more tokens, or lower the minimum count");
    }
    entries.addAll(kept);
    return Vocabulary.of(List.copyOf(entries), special);
  }

  private SpecialTokens specialTokens() {
    SpecialTokens all = options.specialTokens();
    boolean ends = options.task() == Task.NEXT_TOKEN && !options.continuous();
    return ends ? all : new SpecialTokens(null, null, all.unknown());
  }

  /** Whole numbers by value, all else as texts compare. */
  private List<String> labelNames() throws DataException {
    if (options.task() != Task.CLASSIFY && options.task() != Task.LABEL) {
      return List.of();
    }
    List<String> names =
        new ArrayList<>(IntStream.range(0, labels.size()).mapToObj(labels::text).toList());
    if (names.size() < 2) {
      throw new DataException(
          "the labels are " + names + ", and at least 2 are needed to tell apart",
          source,
          "give data with more labels");
    }
    boolean whole = names.stream().allMatch(name -> name.matches("-?\\d{1,18}"));
    names.sort(
        whole
            ? Comparator.comparingLong((String name) -> Long.parseLong(name))
                .thenComparing(Comparator.naturalOrder())
            : Comparator.naturalOrder());
    return List.copyOf(names);
  }

  /** Gives tokens and labels the numbers that a model has for them. */
  private final class Numbering {
    private final Vocabulary vocabulary;
    private final int[] tokenIds;
    private final int[] labelIds;

    Numbering(Vocabulary vocabulary, List<String> labelNames) {
      this.vocabulary = vocabulary;
      tokenIds = new int[vocabulary == null ? 0 : tokens.size()];
      for (int token = 0; token < tokenIds.length; token++) {
        int id = vocabulary.id(tokens.text(token));
        tokenIds[token] = id == Vocabulary.ABSENT ? vocabulary.unknownId() : id;
      }
      labelIds = new int[labels.size()];
      for (int label = 0; label < labelIds.length; label++) {
        labelIds[label] = labelNames.indexOf(labels.text(label));
      }
    }

    List<TrainingSequence> number(List<RawSequence> sequences) throws DataException {
      List<TrainingSequence> numbered = new ArrayList<>(sequences.size());
      for (RawSequence sequence : sequences) {
        numbered.add(number(sequence));
      }
      return numbered;
    }

    private TrainingSequence number(RawSequence sequence) throws DataException {
      TrainingSequence numbered =
          sequence.tokens() == null
              ? TrainingSequence.ofFeatures(sequence.key(), sequence.features())
              : TrainingSequence.ofTokens(sequence.key(), tokens(sequence));
      return switch (options.task()) {
        case CLASSIFY, LABEL -> numbered.withLabels(labels(sequence));
        case REGRESS -> numbered.withValues(values(sequence));
        case NEXT_TOKEN, SEQ2SEQ -> numbered;
      };
    }

    private int[] tokens(RawSequence sequence) throws DataException {
      int[] ids = new int[sequence.length()];
      for (int step = 0; step < ids.length; step++) {
        ids[step] = tokenIds[sequence.tokens()[step]];
        if (ids[step] == Vocabulary.ABSENT) {
          throw new DataException(
              "the token '%s' is not among the %d of the vocabulary, which has no unknown token"
                  .formatted(tokens.text(sequence.tokens()[step]), vocabulary.size()),
              source + ", key " + sequence.key(),
              "train with an unknown token, or leave the sequence out");
        }
      }
      return ids;
    }

    private int[] labels(RawSequence sequence) throws DataException {
      int length = sequence.length();
      int from = options.targetOfEveryStep() ? 0 : length - 1;
      int[] ids = new int[length - from];
      for (int step = from; step < length; step++) {
        int label = sequence.labels() == null ? KeyEvents.NONE : sequence.labels()[step];
        if (label == KeyEvents.NONE || labelIds[label] < 0) {
          throw new DataException(
              label == KeyEvents.NONE
                  ? "step %d of %d has no label".formatted(step + 1, length)
                  : "the label '%s' of step %d is none of the model's"
                      .formatted(labels.text(label), step + 1),
              source + ", key " + sequence.key(),
              "give the step a label of the model, or leave the sequence out");
        }
        ids[step - from] = labelIds[label];
      }
      return ids;
    }

    private float[][] values(RawSequence sequence) throws DataException {
      int length = sequence.length();
      int from = options.targetOfEveryStep() ? 0 : length - 1;
      float[][] values = new float[length - from][];
      for (int step = from; step < length; step++) {
        values[step - from] = sequence.values() == null ? null : sequence.values()[step];
        if (values[step - from] == null) {
          throw new DataException(
              "step %d of %d has no values".formatted(step + 1, length),
              source + ", key " + sequence.key(),
              "give the step its values, or leave the sequence out");
        }
      }
      return values;
    }
  }

  /** Mean and standard deviation of every feature over the training data. */
  private static final class Normalization {
    private Normalization() {}

    /** A constant feature has scale 1: it becomes 0 and teaches nothing. */
    static FeatureSchema of(List<String> names, List<RawSequence> training) {
      int size = names.size();
      double[] mean = new double[size];
      double[] squares = new double[size];
      long count = 0;
      for (RawSequence sequence : training) {
        for (float[] features : sequence.features()) {
          count++;
          for (int i = 0; i < size; i++) {
            double off = features[i] - mean[i];
            mean[i] += off / count;
            squares[i] += off * (features[i] - mean[i]);
          }
        }
      }
      float[] means = new float[size];
      float[] scales = new float[size];
      for (int i = 0; i < size; i++) {
        means[i] = (float) mean[i];
        scales[i] = (float) Math.sqrt(squares[i] / count);
        // Rounding leaves a constant column a deviation of some units of the last place.
        if (scales[i] <= Math.abs(means[i]) * 1e-6f || !(1 / scales[i] < Float.MAX_VALUE)) {
          scales[i] = 1f;
        }
      }
      return FeatureSchema.of(names, means, scales);
    }
  }
}
