package dev.carryover.model.spec;

import dev.carryover.model.vocabulary.Vocabulary;
import java.util.Objects;

/**
 * What a seq2seq model has beyond its source vocabulary, embedding size E, hidden size H (of the
 * decoder), layers and cell. Of encoder directions there are D, 1 or 2.
 *
 * <pre>{@code
 * EncoderDecoder.to(Vocabulary.of(phones, "<bos>", "<eos>", null))
 *     .withEncoderHiddenSize(128)
 *     .withBidirectionalEncoder(true)
 *     .withAttention(Attention.ADDITIVE);
 * }</pre>
 *
 * @param targetVocabulary the tokens that are written, with a begin and an end token
 * @param encoderHiddenSize {@code He}, of one direction; 0 stands for the decoder's H until a
 *     config is built
 * @param bidirectionalEncoder whether every layer of the encoder reads from both ends
 * @param attention how the decoder looks back at the source
 * @param attentionSize {@code A}, of additive attention alone; 0 stands for H until a config is
 *     built, and for no such size with another attention
 * @param maximumOutputLength the most target tokens of an answer, its end token counted
 */
public record EncoderDecoder(
    Vocabulary targetVocabulary,
    int encoderHiddenSize,
    boolean bidirectionalEncoder,
    Attention attention,
    int attentionSize,
    int maximumOutputLength) {
  /** The most target tokens of an answer unless said otherwise. */
  public static final int DEFAULT_MAXIMUM_OUTPUT_LENGTH = 100;

  /** The most that may be said for {@link #maximumOutputLength}. */
  public static final int LARGEST_MAXIMUM_OUTPUT_LENGTH = 1 << 16;

  /**
   * @throws IllegalArgumentException when a size is out of range, the vocabulary has no begin or no
   *     end token, or an attention other than additive has a size
   */
  public EncoderDecoder {
    Objects.requireNonNull(targetVocabulary, "targetVocabulary");
    Objects.requireNonNull(attention, "attention");
    checkSpecial("begin", targetVocabulary.beginId());
    checkSpecial("end", targetVocabulary.endId());
    if (encoderHiddenSize < 0) {
      throw new IllegalArgumentException(
          "encoder_hidden_size is " + encoderHiddenSize + "; it is at least 1");
    }
    if (attentionSize < 0) {
      throw new IllegalArgumentException(
          "attention_size is " + attentionSize + "; it is at least 1");
    }
    if (attentionSize != 0 && attention != Attention.ADDITIVE) {
      throw new IllegalArgumentException(
          "attention_size is %d and the attention is %s; only additive has a size, leave it out"
              .formatted(attentionSize, attention));
    }
    if (maximumOutputLength < 1 || maximumOutputLength > LARGEST_MAXIMUM_OUTPUT_LENGTH) {
      throw new IllegalArgumentException(
          "maximum_output_length is %d; it is 1 to %d"
              .formatted(maximumOutputLength, LARGEST_MAXIMUM_OUTPUT_LENGTH));
    }
  }

  private static void checkSpecial(String role, int id) {
    if (id == Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "the target vocabulary has no "
              + role
              + " token; a decoder begins with one and ends with one, name them");
    }
  }

  /** An encoder of one direction and as wide as the decoder, no attention, answers of up to 100. */
  public static EncoderDecoder to(Vocabulary targetVocabulary) {
    return new EncoderDecoder(
        targetVocabulary, 0, false, Attention.NONE, 0, DEFAULT_MAXIMUM_OUTPUT_LENGTH);
  }

  /** The same with another {@link #encoderHiddenSize}. */
  public EncoderDecoder withEncoderHiddenSize(int size) {
    return new EncoderDecoder(
        targetVocabulary,
        size,
        bidirectionalEncoder,
        attention,
        attentionSize,
        maximumOutputLength);
  }

  /** The same with one direction or two. */
  public EncoderDecoder withBidirectionalEncoder(boolean both) {
    return new EncoderDecoder(
        targetVocabulary, encoderHiddenSize, both, attention, attentionSize, maximumOutputLength);
  }

  /** The same with another {@link #attention}, of the size that it has by default. */
  public EncoderDecoder withAttention(Attention other) {
    return new EncoderDecoder(
        targetVocabulary, encoderHiddenSize, bidirectionalEncoder, other, 0, maximumOutputLength);
  }

  /** The same with another {@link #attentionSize}. */
  public EncoderDecoder withAttentionSize(int size) {
    return new EncoderDecoder(
        targetVocabulary,
        encoderHiddenSize,
        bidirectionalEncoder,
        attention,
        size,
        maximumOutputLength);
  }

  /** The same with another {@link #maximumOutputLength}. */
  public EncoderDecoder withMaximumOutputLength(int tokens) {
    return new EncoderDecoder(
        targetVocabulary,
        encoderHiddenSize,
        bidirectionalEncoder,
        attention,
        attentionSize,
        tokens);
  }

  /** The same with the sizes that were left open, for a decoder of this hidden size. */
  EncoderDecoder of(int hiddenSize) {
    EncoderDecoder sized =
        new EncoderDecoder(
            targetVocabulary,
            encoderHiddenSize == 0 ? hiddenSize : encoderHiddenSize,
            bidirectionalEncoder,
            attention,
            attention == Attention.ADDITIVE && attentionSize == 0 ? hiddenSize : attentionSize,
            maximumOutputLength);
    if (attention == Attention.DOT && sized.keySize() != hiddenSize) {
      throw new IllegalArgumentException(
          "the attention is dot, the encoder's outputs have %d values and hidden_size is %d; dot needs"
                  .formatted(sized.keySize(), hiddenSize)
              + " them equal, choose general or other sizes");
    }
    return sized;
  }

  /** {@code D*He}: what the encoder gives at a step, and what attention gathers. */
  public int keySize() {
    return (bidirectionalEncoder ? 2 : 1) * encoderHiddenSize;
  }

  /** {@code I}: what layer 0 of a decoder reads: E, and the context with additive attention. */
  public int decoderInputSize(int embeddingSize) {
    return attention.feedsDecoder() ? embeddingSize + keySize() : embeddingSize;
  }

  /** What the head reads: H, and the context with any attention. */
  public int headInputSize(int hiddenSize) {
    return attention.hasContext() ? hiddenSize + keySize() : hiddenSize;
  }

  /**
   * Whether the decoder's first state is {@code tanh} of a linear layer over the encoder's last,
   * and not that itself: where there are two directions to join, or the sizes differ.
   */
  public boolean hasBridge(int hiddenSize) {
    return bidirectionalEncoder || encoderHiddenSize != hiddenSize;
  }
}
