package dev.carryover.deploy.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PronouncingDictionaryTest {

  private static PronouncingDictionary dictionary;

  @BeforeAll
  static void read() throws IOException {
    dictionary = PronouncingDictionary.read();
  }

  @Test
  void theSplitIsTheSameOnEveryMachine() {
    assertThat(dictionary.training()).hasSize(118_394);
    assertThat(dictionary.test()).hasSize(6_380);
    assertThat(dictionary.test().stream().limit(6).map(DictionaryWord::spelling))
        .containsExactly("a's", "aardvark", "abashed", "abbitt", "abdicate", "abdnor");
    assertThat(dictionary.training().stream().limit(4).map(DictionaryWord::spelling))
        .containsExactly("'bout", "'cause", "'course", "'cuse");
    assertThat(dictionary.test().stream().mapToInt(word -> word.spelling().length()).sum())
        .isEqualTo(47_735);
  }

  @Test
  void noWordIsOnBothSidesOfTheSplit() {
    Set<String> training =
        dictionary.training().stream().map(DictionaryWord::spelling).collect(Collectors.toSet());
    Set<String> test =
        dictionary.test().stream().map(DictionaryWord::spelling).collect(Collectors.toSet());
    assertThat(training).hasSize(118_394);
    assertThat(test).hasSize(6_380);
    assertThat(Collections.disjoint(training, test)).isTrue();
  }

  @Test
  void everyWayToSayAWordIsKept() {
    assertThat(dictionary.training())
        .contains(
            new DictionaryWord(
                "tomato",
                List.of(
                    List.of("T", "AH", "M", "EY", "T", "OW"),
                    List.of("T", "AH", "M", "AA", "T", "OW"))));
    Set<String> phones = new HashSet<>();
    int ways = 0;
    for (DictionaryWord word : dictionary.test()) {
      ways += word.pronunciations().size();
      word.pronunciations().forEach(phones::addAll);
    }
    assertThat(ways).isEqualTo(6_839);
    assertThat(phones).hasSize(39).contains("ZH").noneMatch(phone -> phone.matches(".*\\d"));
  }

  @Test
  void whatIsNotSpelledAsItIsSaidIsLeftOut() throws IOException {
    PronouncingDictionary read =
        read(
            "a AH\na(2) EY\na.m. EY EH M\n'm AH M\n'em AH M\nab AE B\nco-op K OW AA P\nab(2) EY B");
    List<DictionaryWord> words =
        List.of(
            new DictionaryWord("'em", List.of(List.of("AH", "M"))),
            new DictionaryWord("ab", List.of(List.of("AE", "B"), List.of("EY", "B"))));
    assertThat(read.training()).isEqualTo(words);
    assertThat(read.test()).isEmpty();
  }

  @Test
  void aLineThatIsNoWordWithPhonesIsNamed() {
    for (String line : List.of("word", "word ", "word  W ER D", "word w er d", "")) {
      assertThatThrownBy(() -> read("ab AE B\n" + line + "\nac AE K"))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "the test:2: the line is '"
                  + line
                  + "', expected a word and its phones in capitals with single blanks between them");
    }
  }

  @Test
  void aWordWithoutAPronunciationIsRefused() {
    assertThatThrownBy(() -> new DictionaryWord("word", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The word 'word' has 0 pronunciations; at least 1 is needed");
  }

  @Test
  void aSampleIsAPrefixOfOneOrder() {
    List<DictionaryWord> all = PronouncingDictionary.sample(dictionary.test(), 10_000, 7);
    assertThat(all).isNotEqualTo(dictionary.test());
    assertThat(new HashSet<>(all)).isEqualTo(new HashSet<>(dictionary.test()));
    assertThat(PronouncingDictionary.sample(dictionary.test(), 20, 7))
        .isEqualTo(all.subList(0, 20));
    assertThat(PronouncingDictionary.sample(dictionary.test(), 20, 8))
        .isNotEqualTo(all.subList(0, 20));
  }

  @Test
  void wordsAreWrittenAsPairs(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("words.tsv");
    PronouncingDictionary.write(read("ab AE B\nac AE K\nab(2) EY B").training(), file);
    assertThat(Files.readString(file)).isEqualTo("ab\tAE B\tEY B\nac\tAE K\n");
  }

  private static PronouncingDictionary read(String text) throws IOException {
    return PronouncingDictionary.read(new StringReader(text), "the test");
  }
}
