package dev.carryover.runtime.seq2seq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The search for the target sequence of one encoding, which {@link DecoderSession#step} advances by
 * a token at a time, together with others.
 *
 * <p>Beam search: each of the up to K hypotheses that are followed proposes its 2K likeliest
 * tokens. Of all proposals, by falling score and of equal ones by rising token id, those that end
 * leave the beam, and the first K that do not end are followed on. It is over when K have ended, or
 * at the maximum length, where those that are still followed join the ended ones if these are fewer
 * than K. With K = 1 this is greedy search.
 *
 * <p>Belongs to one thread at a time. Between two steps {@link #snapshot} says where it stands;
 * from there {@link Seq2SeqModel#resume} goes on to the same bits. A step allocates nothing but the
 * attention weights, where they are asked for, and now and then a longer history.
 */
public final class Decoding {
  /*
   * What was written is kept as a lattice: row r of step t wrote tokens[t * K + r] and goes on from
   * row parents[t * K + r] of the step before. An answer is read backwards from its end, so that
   * nothing is copied as hypotheses change places, and attention weights stay where they were made.
   *
   * Rows that go on from the same row share a state: row r has states[stateOf[r]], and the first
   * `distinct` states are in use.
   */
  private static final int FIRST_STEPS = 16;

  private final Decoder decoder;
  private final DecodingOptions options;
  private final Aligner.Source source;
  private final int width;
  private final float[][] states;
  private final int[] stateOf;
  private final int[] slots;
  private double[] scores;
  private double[] nextScores;
  private int[] tokens;
  private int[] parents;
  private float[][] attention;
  private final int[] endedSteps;
  private final int[] endedParents;
  private final double[] endedScores;
  private int ended;
  private int step;
  private int rows;
  private int distinct;
  private boolean over;
  private boolean loaded;

  private Decoding(Decoder decoder, Aligner.Source source, DecodingOptions options) {
    this.decoder = decoder;
    this.options = options;
    this.source = source;
    this.width = options.beamWidth();
    this.states = new float[width][];
    this.stateOf = new int[width];
    this.slots = new int[width];
    this.scores = new double[width];
    this.nextScores = new double[width];
    this.tokens = new int[FIRST_STEPS * width];
    this.parents = new int[FIRST_STEPS * width];
    this.attention = new float[options.attention() ? FIRST_STEPS : 0][];
    // Before the last step fewer than K have ended, and in it each row ends at most once.
    this.endedSteps = new int[2 * width];
    this.endedParents = new int[2 * width];
    this.endedScores = new double[2 * width];
  }

  static List<Decoding> begin(Decoder decoder, List<Encoding> encodings, DecodingOptions options) {
    List<Aligner.Source> sources = decoder.sources(encodings);
    float[][] states = decoder.firstStates(encodings);
    List<Decoding> decodings = new ArrayList<>(encodings.size());
    for (int i = 0; i < encodings.size(); i++) {
      Decoding decoding = new Decoding(decoder, sources.get(i), options);
      decoding.states[0] = states[i];
      decoding.rows = 1;
      decoding.distinct = 1;
      decodings.add(decoding);
    }
    return decodings;
  }

  static Decoding resume(
      Decoder decoder, Encoding encoding, DecodingOptions options, DecodingState from) {
    checkFits(decoder, encoding, options, from);
    Aligner.Source source = decoder.sources(List.of(encoding)).get(0);
    Decoding decoding = new Decoding(decoder, source, options);
    decoding.step = from.step();
    decoding.over = from.over();
    decoding.rows = from.scores().length;
    System.arraycopy(from.scores(), 0, decoding.scores, 0, decoding.rows);
    decoding.reserve(from.step());
    System.arraycopy(from.tokens(), 0, decoding.tokens, 0, from.tokens().length);
    System.arraycopy(from.parents(), 0, decoding.parents, 0, from.parents().length);
    decoding.shareStates();
    for (int row = 0; row < from.states().length; row++) {
      decoding.states[decoding.stateOf[row]] = from.states()[row].clone();
    }
    System.arraycopy(from.attention(), 0, decoding.attention, 0, from.attention().length);
    decoding.ended = from.endedSteps().length;
    System.arraycopy(from.endedSteps(), 0, decoding.endedSteps, 0, decoding.ended);
    System.arraycopy(from.endedParents(), 0, decoding.endedParents, 0, decoding.ended);
    System.arraycopy(from.endedScores(), 0, decoding.endedScores, 0, decoding.ended);
    return decoding;
  }

  private static void checkFits(
      Decoder decoder, Encoding encoding, DecodingOptions options, DecodingState from) {
    int width = options.beamWidth();
    int floats = decoder.layout().floats();
    int history = from.step() * width;
    int rows = from.scores().length;
    boolean fits =
        from.step() <= options.maximumLength()
            && from.tokens().length == history
            && from.parents().length == history
            && rows <= width
            && from.states().length == (from.over() ? 0 : rows)
            && Arrays.stream(from.parents()).allMatch(parent -> parent >= 0 && parent < width)
            && from.endedSteps().length <= 2 * width
            && from.endedParents().length == from.endedSteps().length
            && from.endedScores().length == from.endedSteps().length
            && from.attention().length == (options.attention() ? from.step() : 0);
    for (float[] state : from.states()) {
      fits &= state.length == floats;
    }
    for (float[] weights : from.attention()) {
      fits &= weights.length % encoding.steps() == 0;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          ("the snapshot has %d steps, %d rows and %d tokens, which is none of a decoding of model"
                  + " '%s' with %s and states of %d floats; resume it with the model and the options"
                  + " that it was taken with")
              .formatted(
                  from.step(),
                  rows,
                  from.tokens().length,
                  decoder.config().modelId(),
                  options,
                  floats));
    }
  }

  /** How the search is done. */
  public DecodingOptions options() {
    return options;
  }

  /** Steps taken. */
  public int steps() {
    return step;
  }

  /** Rows that the next step takes: 1 to K, or 0 when nothing is left to do. */
  public int rows() {
    return over ? 0 : rows;
  }

  /** Whether nothing is left to do. */
  public boolean finished() {
    return over;
  }

  Decoder decoder() {
    return decoder;
  }

  /** Adds its states and rows to a step. */
  void load(DecoderStep scratch) {
    if (loaded) {
      throw new IllegalArgumentException(
          "a decoding stands twice in one list; it takes one step at a time, list it once");
    }
    loaded = true;
    reserve(step + 1);
    float[] recordTo = null;
    int sourceSteps = source == null ? 0 : source.steps();
    if (options.attention()) {
      recordTo = new float[rows * sourceSteps];
      attention[step] = recordTo;
    }
    int firstState = 0;
    for (int state = 0; state < distinct; state++) {
      int number = scratch.addState(states[state], source);
      firstState = state == 0 ? number : firstState;
    }
    for (int row = 0; row < rows; row++) {
      int token =
          step == 0
              ? decoder.config().encoderDecoder().targetVocabulary().beginId()
              : tokens[(step - 1) * width + row];
      scratch.addRow(firstState + stateOf[row], token, recordTo, row * sourceSteps);
    }
  }

  /** Ends a step, whether it was taken or not. */
  void release() {
    loaded = false;
  }

  private void reserve(int steps) {
    if (steps * width > tokens.length) {
      int longer = Math.max(steps, 2 * tokens.length / width);
      tokens = Arrays.copyOf(tokens, longer * width);
      parents = Arrays.copyOf(parents, longer * width);
      attention = options.attention() ? Arrays.copyOf(attention, longer) : attention;
    }
  }

  /** Follows the best of what the rows from {@code firstRow} on propose. */
  void advance(DecoderStep scratch, int firstRow, Candidates candidates) {
    int end = decoder.config().encoderDecoder().targetVocabulary().endId();
    candidates.clear(2 * width, decoder.config().outputSize());
    for (int row = 0; row < rows; row++) {
      candidates.propose(scratch, firstRow + row, row, scores[row]);
    }
    int followed = 0;
    for (int i = 0; i < candidates.size() && followed < width; i++) {
      if (candidates.token(i) == end) {
        endedSteps[ended] = step;
        endedParents[ended] = candidates.parent(i);
        endedScores[ended] = candidates.score(i);
        ended++;
      } else {
        tokens[step * width + followed] = candidates.token(i);
        parents[step * width + followed] = candidates.parent(i);
        nextScores[followed] = candidates.score(i);
        followed++;
      }
    }
    double[] before = scores;
    scores = nextScores;
    nextScores = before;
    rows = followed;
    step++;
    over = ended >= width || followed == 0 || step == options.maximumLength();
    if (over) {
      return;
    }
    shareStates();
    int stored = 0;
    for (int row = 0; row < rows; row++) {
      if (stateOf[row] == stored) {
        if (states[stored] == null) {
          states[stored] = new float[decoder.layout().floats()];
        }
        scratch.store(firstRow + parents[(step - 1) * width + row], states[stored++]);
      }
    }
  }

  /** Numbers the states of the rows in the order of the rows: those of one parent share one. */
  private void shareStates() {
    distinct = 0;
    Arrays.fill(slots, -1);
    for (int row = 0; row < rows; row++) {
      int parent = step == 0 ? 0 : parents[(step - 1) * width + row];
      if (slots[parent] < 0) {
        slots[parent] = distinct++;
      }
      stateOf[row] = slots[parent];
    }
  }

  /**
   * The best answers, by falling normalized score; of equal ones those that ended, and ended
   * earlier, stand first. There are fewer than asked for where the search found fewer, and none
   * only where the model's numbers were not finite.
   *
   * @throws IllegalStateException if the decoding is not finished
   */
  public List<Hypothesis> nBest() {
    if (!over) {
      throw new IllegalStateException(
          "the decoding is not finished after %d steps: step it until it is".formatted(step));
    }
    record Answer(int steps, int row, double score, double normalized, boolean ended) {}
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < ended; i++) {
      double normalized = options.normalized(endedScores[i], endedSteps[i] + 1);
      answers.add(new Answer(endedSteps[i], endedParents[i], endedScores[i], normalized, true));
    }
    for (int row = 0; row < rows && ended < width; row++) {
      double normalized = options.normalized(scores[row], step);
      answers.add(new Answer(step, row, scores[row], normalized, false));
    }
    answers.sort(Comparator.comparingDouble(answer -> -answer.normalized()));
    return answers.stream()
        .limit(options.nBest())
        .map(
            answer ->
                hypothesis(
                    answer.steps(),
                    answer.row(),
                    (float) answer.score(),
                    (float) answer.normalized(),
                    answer.ended()))
        .toList();
  }

  /** Reads an answer backwards, from a row after its last token. */
  private Hypothesis hypothesis(
      int length, int lastRow, float score, float normalized, boolean endedByModel) {
    int[] written = new int[length];
    float[][] weights = options.attention() ? new float[length][] : null;
    int row = lastRow;
    for (int t = length - 1; t >= 0; t--) {
      written[t] = tokens[t * width + row];
      row = parents[t * width + row];
      if (weights != null) {
        int from = row * source.steps();
        weights[t] = Arrays.copyOfRange(attention[t], from, from + source.steps());
      }
    }
    return new Hypothesis(written, score, normalized, endedByModel, weights);
  }

  /** Where the decoding stands, to be stored. */
  public DecodingState snapshot() {
    float[][] live = new float[over ? 0 : rows][];
    for (int row = 0; row < live.length; row++) {
      live[row] = states[stateOf[row]].clone();
    }
    return new DecodingState(
        step,
        over,
        live,
        Arrays.copyOf(scores, rows),
        Arrays.copyOf(tokens, step * width),
        Arrays.copyOf(parents, step * width),
        Arrays.copyOf(endedSteps, ended),
        Arrays.copyOf(endedParents, ended),
        Arrays.copyOf(endedScores, ended),
        Arrays.copyOf(attention, options.attention() ? step : 0));
  }

  /**
   * The best proposals of the rows of one decoding, by falling score, of equal ones by rising token
   * id and then by row. Scratch of a session: allocates only when a wider beam than all before
   * comes.
   */
  static final class Candidates {
    private int limit;
    private int vocabularySize;
    private int size;
    private int[] tokens = new int[0];
    private int[] parents = new int[0];
    private double[] scores = new double[0];

    /** Begins a decoding that is given up to {@code most} proposals. */
    void clear(int most, int tokensOfTarget) {
      limit = most;
      vocabularySize = tokensOfTarget;
      size = 0;
      if (tokens.length < most) {
        tokens = new int[most];
        parents = new int[most];
        scores = new double[most];
      }
    }

    /**
     * Takes the tokens of a row in that are among the best so far; none of a row whose logits are
     * not finite.
     *
     * @param row of the step
     * @param parent what the row is to its decoding
     * @param score of the hypothesis so far
     */
    void propose(DecoderStep step, int row, int parent, double score) {
      double logSumExp = step.logSumExp(row);
      if (!Double.isFinite(logSumExp)) {
        return;
      }
      float[] logits = step.logits().values();
      int at = step.logits().offset(row);
      for (int token = 0; token < vocabularySize; token++) {
        double proposed = score + (logits[at + token] - logSumExp);
        // Nearly all are passed over here, once the first row has proposed; a tie is not.
        if (size < limit || proposed >= scores[size - 1]) {
          insert(token, parent, proposed);
        }
      }
    }

    private void insert(int token, int parent, double score) {
      if (size == limit && !before(score, token, parent, size - 1)) {
        return;
      }
      int place = size < limit ? size++ : size - 1;
      while (place > 0 && before(score, token, parent, place - 1)) {
        tokens[place] = tokens[place - 1];
        parents[place] = parents[place - 1];
        scores[place] = scores[place - 1];
        place--;
      }
      tokens[place] = token;
      parents[place] = parent;
      scores[place] = score;
    }

    private boolean before(double score, int token, int parent, int place) {
      if (score != scores[place]) {
        return score > scores[place];
      }
      return token != tokens[place] ? token < tokens[place] : parent < parents[place];
    }

    int size() {
      return size;
    }

    int token(int place) {
      return tokens[place];
    }

    int parent(int place) {
      return parents[place];
    }

    double score(int place) {
      return scores[place];
    }
  }

  @Override
  public String toString() {
    return "Decoding after "
        + step
        + " steps, "
        + rows()
        + " rows, "
        + ended
        + " ended"
        + (over ? ", finished" : "");
  }
}
