package dev.carryover.model.vocabulary;

import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The {@code V} tokens of a model, numbered 0 to {@code V - 1} in the order of the embedding's
 * rows.
 *
 * <p>Immutable and safe to share between threads. Looking a token up allocates nothing.
 *
 * <p>The beginning and the end of a sequence may be one token (as a line feed is in character
 * models); the unknown token is always one of its own, because reading unknown input as the end of
 * a sequence would end it.
 */
public final class Vocabulary {
  /** What {@link #id} and the special token lookups answer where there is no such token. */
  public static final int ABSENT = -1;

  private final List<String> tokens;
  private final String[] byId;
  private final Map<String, Integer> ids;
  private final SpecialTokens specialTokens;
  private final int beginId;
  private final int endId;
  private final int unknownId;

  private Vocabulary(List<String> tokens, SpecialTokens specialTokens) {
    this.tokens = List.copyOf(tokens);
    this.byId = this.tokens.toArray(String[]::new);
    this.ids = index(this.tokens);
    this.specialTokens = specialTokens;
    this.beginId = specialId("begin", specialTokens.begin());
    this.endId = specialId("end", specialTokens.end());
    this.unknownId = specialId("unknown", specialTokens.unknown());
    if (unknownId != ABSENT && (unknownId == beginId || unknownId == endId)) {
      throw new IllegalArgumentException(
          "the unknown token '"
              + specialTokens.unknown()
              + "' is also the "
              + (unknownId == beginId ? "begin" : "end")
              + " token; give the unknown token an entry of its own");
    }
  }

  /**
   * A vocabulary of the given tokens in the order of their ids.
   *
   * @param begin the begin token, or {@code null} for none; likewise {@code end} and {@code
   *     unknown}
   * @throws IllegalArgumentException when there is no token, a token occurs twice or is no Unicode
   *     text, or a special token is not among them
   */
  public static Vocabulary of(List<String> tokens, String begin, String end, String unknown) {
    return new Vocabulary(tokens, new SpecialTokens(begin, end, unknown));
  }

  /**
   * A vocabulary of the given tokens in the order of their ids.
   *
   * @throws IllegalArgumentException when there is no token, a token occurs twice or is no Unicode
   *     text, or a special token is not among them
   */
  public static Vocabulary of(List<String> tokens, SpecialTokens specialTokens) {
    return new Vocabulary(tokens, specialTokens);
  }

  private static Map<String, Integer> index(List<String> tokens) {
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("the vocabulary has 0 tokens; give it at least 1");
    }
    Map<String, Integer> ids = new HashMap<>(tokens.size() * 2);
    CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
    for (int id = 0; id < tokens.size(); id++) {
      if (!utf8.canEncode(tokens.get(id))) {
        throw new IllegalArgumentException(
            "token '"
                + tokens.get(id)
                + "' at id "
                + id
                + " holds half of a surrogate pair; every token must be Unicode text");
      }
      Integer first = ids.putIfAbsent(tokens.get(id), id);
      if (first != null) {
        throw new IllegalArgumentException(
            "token '"
                + tokens.get(id)
                + "' stands at id "
                + first
                + " and at id "
                + id
                + "; every token must be unique");
      }
    }
    return ids;
  }

  private int specialId(String role, String token) {
    if (token == null) {
      return ABSENT;
    }
    int id = id(token);
    if (id == ABSENT) {
      throw new IllegalArgumentException(
          "the "
              + role
              + " token '"
              + token
              + "' is not among the "
              + size()
              + " tokens of the vocabulary; add it, or leave the "
              + role
              + " token out");
    }
    return id;
  }

  /** The number of tokens, {@code V}. */
  public int size() {
    return tokens.size();
  }

  /** All tokens in the order of their ids. */
  public List<String> tokens() {
    return tokens;
  }

  /**
   * The token of an id.
   *
   * @throws IndexOutOfBoundsException when {@code id} is not from 0 to {@code V - 1}
   */
  public String token(int id) {
    return byId[Objects.checkIndex(id, byId.length)];
  }

  /** The id of a token, or {@link #ABSENT} when the vocabulary does not hold it. */
  public int id(String token) {
    Integer id = ids.get(token);
    return id == null ? ABSENT : id;
  }

  /**
   * The id that a token is read as under a policy, or {@link #ABSENT} when the policy refuses it.
   */
  public int id(String token, UnknownTokenPolicy policy) {
    int id = id(token);
    return id == ABSENT && policy == UnknownTokenPolicy.MAP ? unknownId : id;
  }

  /** The begin, end and unknown token. */
  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  /** The id of the token that precedes every sequence, or {@link #ABSENT}. */
  public int beginId() {
    return beginId;
  }

  /** The id of the token that ends a sequence, or {@link #ABSENT}. */
  public int endId() {
    return endId;
  }

  /** The id that unknown tokens are read as, or {@link #ABSENT}. */
  public int unknownId() {
    return unknownId;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vocabulary that
        && tokens.equals(that.tokens)
        && specialTokens.equals(that.specialTokens);
  }

  @Override
  public int hashCode() {
    return 31 * tokens.hashCode() + specialTokens.hashCode();
  }

  @Override
  public String toString() {
    return size() + " tokens, " + specialTokens;
  }
}
