package dev.carryover.training.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well sequences are told from others. An answer is right when it equals one of its references;
 * otherwise it is as far off as the closest of them. Of words and their phones the share of wrong
 * answers is called WER, that of wrong tokens PER. Immutable.
 */
public final class TransductionMetrics implements Evaluation {
  private static final int QUARTERS = 4;

  private final Part all;
  private final List<Part> quarters;
  private final List<Part> lengths;

  private TransductionMetrics(Part all, List<Part> quarters, List<Part> lengths) {
    this.all = all;
    this.quarters = List.copyOf(quarters);
    this.lengths = List.copyOf(lengths);
  }

  /**
   * The answers for sources of some lengths.
   *
   * @param shortest the length of the shortest source
   * @param longest that of the longest
   * @param count how many there are
   * @param wrong how many answers equal no reference
   * @param distance the sum of the edit distances to the closest references (Levenshtein 1966)
   * @param tokens the sum of the lengths of these references
   */
  public record Part(
      int shortest, int longest, long count, long wrong, long distance, long tokens) {
    /** The share of answers that equal no reference: WER. */
    public double wordErrorRate() {
      return count == 0 ? 0 : (double) wrong / count;
    }

    /** The edits that make the references of the answers, for each of their tokens: PER. */
    public double tokenErrorRate() {
      return tokens == 0 ? 0 : (double) distance / tokens;
    }
  }

  /** Takes answers one by one. Belongs to one thread; those of several are joined at the end. */
  public static final class Tally {
    private final List<int[]> answers = new ArrayList<>();

    /**
     * Takes an answer.
     *
     * @param sourceLength how long the source was
     * @param answer token ids, without begin and end
     * @param references what it may be, at least one
     */
    public void add(int sourceLength, int[] answer, List<int[]> references) {
      int best = Integer.MAX_VALUE;
      int length = 0;
      for (int[] reference : references) {
        int distance = distance(answer, reference);
        if (distance < best) {
          best = distance;
          length = reference.length;
        }
      }
      answers.add(new int[] {sourceLength, best, length});
    }

    /** Takes what another has taken. */
    public void add(Tally other) {
      answers.addAll(other.answers);
    }

    /** What was taken. */
    public TransductionMetrics metrics() {
      List<int[]> sorted = new ArrayList<>(answers);
      sorted.sort(Comparator.comparingInt(answer -> answer[0]));
      List<Part> quarters = new ArrayList<>();
      int from = 0;
      for (int quarter = 1; quarter <= QUARTERS; quarter++) {
        int to = (int) ((long) sorted.size() * quarter / QUARTERS);
        // Sources of one length are not torn apart.
        while (to > 0 && to < sorted.size() && sorted.get(to)[0] == sorted.get(to - 1)[0]) {
          to++;
        }
        if (to > from) {
          quarters.add(part(sorted.subList(from, to)));
          from = to;
        }
      }
      return new TransductionMetrics(part(sorted), quarters, lengths(sorted));
    }

    private static List<Part> lengths(List<int[]> sorted) {
      List<Part> lengths = new ArrayList<>();
      int from = 0;
      for (int to = 1; to <= sorted.size(); to++) {
        if (to == sorted.size() || sorted.get(to)[0] != sorted.get(from)[0]) {
          lengths.add(part(sorted.subList(from, to)));
          from = to;
        }
      }
      return lengths;
    }

    private static Part part(List<int[]> sorted) {
      long wrong = 0;
      long distance = 0;
      long tokens = 0;
      for (int[] answer : sorted) {
        wrong += answer[1] > 0 ? 1 : 0;
        distance += answer[1];
        tokens += answer[2];
      }
      return sorted.isEmpty()
          ? new Part(0, 0, 0, 0, 0, 0)
          : new Part(
              sorted.get(0)[0],
              sorted.get(sorted.size() - 1)[0],
              sorted.size(),
              wrong,
              distance,
              tokens);
    }
  }

  /** How many tokens must be put in, left out or replaced. */
  static int distance(int[] a, int[] b) {
    int[] row = new int[b.length + 1];
    for (int j = 0; j <= b.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length; i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length; j++) {
        int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length];
  }

  /** All answers. */
  public Part all() {
    return all;
  }

  /**
   * The answers by the length of their sources, in up to four parts of about as many, the shortest
   * sources first.
   */
  public List<Part> quarters() {
    return quarters;
  }

  /** The answers by the length of their sources, a part for every length that there is. */
  public List<Part> lengths() {
    return lengths;
  }

  @Override
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("sequence_accuracy", 1 - all.wordErrorRate());
    metrics.put("word_error_rate", all.wordErrorRate());
    metrics.put("phone_error_rate", all.tokenErrorRate());
    return metrics;
  }
}
