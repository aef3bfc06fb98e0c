package dev.carryover.model.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  private static final List<String> TOKENS = List.of("<unk>", "<bos>", "<eos>", "a", "b");

  @Test
  void idsFollowTheOrderOfTheTokens() {
    Vocabulary vocabulary = Vocabulary.of(TOKENS, "<bos>", "<eos>", "<unk>");

    assertThat(vocabulary.size()).isEqualTo(5);
    for (int id = 0; id < TOKENS.size(); id++) {
      assertThat(vocabulary.id(TOKENS.get(id))).isEqualTo(id);
      assertThat(vocabulary.token(id)).isEqualTo(TOKENS.get(id));
    }
    assertThat(vocabulary.unknownId()).isEqualTo(0);
    assertThat(vocabulary.beginId()).isEqualTo(1);
    assertThat(vocabulary.endId()).isEqualTo(2);
    assertThatThrownBy(() -> vocabulary.token(5)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void unknownTokenIsMappedOnlyWhereThePolicySaysSo() {
    Vocabulary vocabulary = Vocabulary.of(TOKENS, null, null, "<unk>");

    assertThat(vocabulary.id("z")).isEqualTo(Vocabulary.ABSENT);
    assertThat(vocabulary.id("z", UnknownTokenPolicy.MAP)).isEqualTo(0);
    assertThat(vocabulary.id("z", UnknownTokenPolicy.DEAD_LETTER)).isEqualTo(Vocabulary.ABSENT);
    assertThat(vocabulary.id("b", UnknownTokenPolicy.MAP)).isEqualTo(4);
    assertThat(vocabulary.id("b", UnknownTokenPolicy.DEAD_LETTER)).isEqualTo(4);
  }

  @Test
  void unknownTokenIsRefusedUnderEveryPolicyWhereTheVocabularyHasNone() {
    Vocabulary vocabulary = Vocabulary.of(TOKENS, SpecialTokens.NONE);

    assertThat(vocabulary.unknownId()).isEqualTo(Vocabulary.ABSENT);
    for (UnknownTokenPolicy policy : UnknownTokenPolicy.values()) {
      assertThat(vocabulary.id("z", policy)).isEqualTo(Vocabulary.ABSENT);
    }
  }

  @Test
  void oneTokenMayBothBeginAndEnd() {
    Vocabulary vocabulary = Vocabulary.of(List.of("\n", "a"), "\n", "\n", null);

    assertThat(vocabulary.beginId()).isEqualTo(vocabulary.endId()).isEqualTo(0);
  }

  @Test
  void duplicateTokenIsRefusedWithBothIds() {
    assertThatThrownBy(() -> Vocabulary.of(List.of("a", "b", "a"), null, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("token 'a' stands at id 0 and at id 2; every token must be unique");
  }

  @Test
  void tokenThatIsNoTextIsRefused() {
    assertThatThrownBy(() -> Vocabulary.of(List.of("a", "\ud83d"), null, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(
            "at id 1 holds half of a surrogate pair; every token must be Unicode text");
  }

  @Test
  void emptyVocabularyIsRefused() {
    assertThatThrownBy(() -> Vocabulary.of(List.of(), null, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the vocabulary has 0 tokens; give it at least 1");
  }

  @Test
  void specialTokenMustBeInTheVocabulary() {
    assertThatThrownBy(() -> Vocabulary.of(TOKENS, "<s>", null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the begin token '<s>' is not among the 5 tokens of the vocabulary; add it, or leave"
                + " the begin token out");
  }

  @Test
  void unknownTokenMayNotEndASequence() {
    assertThatThrownBy(() -> Vocabulary.of(TOKENS, null, "<eos>", "<eos>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the unknown token '<eos>' is also the end token; give the unknown token an entry of"
                + " its own");
  }
}
