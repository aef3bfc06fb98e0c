package dev.carryover.training.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How well the next token is foreseen.
 *
 * @param tokens how many were scored, ends of sequences included
 * @param nats the sum of their surprisal
 * @param topK for each k, how many were among the k most likely
 */
public record NextTokenMetrics(long tokens, double nats, SortedMap<Integer, Long> topK)
    implements Evaluation {
  /** Copies the map. */
  public NextTokenMetrics {
    topK = Collections.unmodifiableSortedMap(new TreeMap<>(topK));
  }

  /** Cross-entropy: the mean surprisal of a token in nats. */
  public double natsPerToken() {
    return nats / tokens;
  }

  /** The mean surprisal of a token in bits: bits per character where tokens are characters. */
  public double bitsPerToken() {
    return natsPerToken() / Math.log(2);
  }

  /** {@code exp} of the cross-entropy. */
  public double perplexity() {
    return Math.exp(natsPerToken());
  }

  /**
   * The share of tokens that were among the k most likely.
   *
   * @throws IllegalArgumentException when this k was not counted
   */
  public double topAccuracy(int k) {
    if (!topK.containsKey(k)) {
      throw new IllegalArgumentException("top-" + k + " was not counted, but " + topK.keySet());
    }
    return (double) topK.get(k) / tokens;
  }

  @Override
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("nats_per_token", natsPerToken());
    metrics.put("bits_per_token", bitsPerToken());
    metrics.put("perplexity", perplexity());
    topK.keySet().forEach(k -> metrics.put("top_" + k + "_accuracy", topAccuracy(k)));
    return metrics;
  }
}
