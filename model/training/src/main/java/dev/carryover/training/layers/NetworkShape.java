package dev.carryover.training.layers;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.GruReset;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a network consists of, and so which parameters it has.
 *
 * @param vocabularySize {@code V}; 0 when the input is features
 * @param inputSize {@code E} for tokens, {@code F} for features
 * @param cell the equations of a step
 * @param gruReset where a GRU applies its reset gate
 * @param hiddenSize {@code H}
 * @param layers {@code L}
 * @param bidirectional whether every layer reads the sequence from both ends; the next then reads
 *     {@code 2H}
 * @param bias whether the cells have biases
 * @param outputSize {@code O}
 */
public record NetworkShape(
    int vocabularySize,
    int inputSize,
    Cell cell,
    GruReset gruReset,
    int hiddenSize,
    int layers,
    boolean bidirectional,
    boolean bias,
    int outputSize) {
  /** Checks the sizes. */
  public NetworkShape {
    positive("input size", inputSize);
    positive("hidden size", hiddenSize);
    positive("number of layers", layers);
    positive("output size", outputSize);
    if (vocabularySize < 0) {
      throw new IllegalArgumentException(
          "the vocabulary size is " + vocabularySize + "; it is at least 1, or 0 for features");
    }
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("the " + what + " is " + value + "; it is at least 1");
    }
  }

  /** 1 or 2. */
  public int directions() {
    return bidirectional ? 2 : 1;
  }

  /** What the head reads at a step: {@code H} or {@code 2H}. */
  public int topSize() {
    return directions() * hiddenSize;
  }

  /** The recurrent layers. */
  RecurrentStack.Shape stack() {
    return new RecurrentStack.Shape(
        "rnn.", cell, gruReset, hiddenSize, layers, bidirectional, bias);
  }

  /**
   * The shape of every parameter {@code [rows, columns]}, by its name in a PyTorch state_dict, in
   * PyTorch's order. Biases are single rows.
   */
  public Map<String, int[]> parameterShapes() {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    if (vocabularySize > 0) {
      shapes.put("embedding.weight", new int[] {vocabularySize, inputSize});
    }
    stack().putShapes(inputSize, shapes);
    shapes.put("head.weight", new int[] {outputSize, topSize()});
    shapes.put("head.bias", new int[] {1, outputSize});
    return shapes;
  }
}
