package dev.carryover.deploy.words;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.schemas.Event;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WordStreamTest {

  private static final List<DictionaryWord> WORDS =
      IntStream.range(0, 400)
          .mapToObj(i -> "word'" + "abcdefghij".substring(i % 10) + Integer.toString(i, 26))
          .map(spelling -> new DictionaryWord(spelling, List.of(List.of("AH"))))
          .toList();

  private final WordStream stream = new WordStream(WORDS, 3);

  @Test
  void everyRequestIsItsWordLetterByLetterWithTheEndOnTheLast() {
    Map<String, StringBuilder> spelled = new LinkedHashMap<>();
    Set<String> ended = new HashSet<>();
    for (int n = 0; n < stream.size(); n++) {
      Event event = stream.event(n);
      assertThat(ended).doesNotContain(event.getKey());
      assertThat(event.getToken()).hasSize(1);
      spelled.computeIfAbsent(event.getKey(), key -> new StringBuilder()).append(event.getToken());
      if (event.getEnd()) {
        ended.add(event.getKey());
        assertThat(stream.request(event.getKey()).lastEvent()).isEqualTo(n);
      }
    }
    assertThat(ended).hasSize(400);
    assertThat(spelled.values().stream().map(StringBuilder::toString))
        .containsExactlyInAnyOrderElementsOf(WORDS.stream().map(DictionaryWord::spelling).toList());
    stream
        .requests()
        .forEach(
            request ->
                assertThat(spelled.get(request.key()).toString())
                    .isEqualTo(request.word().spelling()));
  }

  @Test
  void theLettersOfManyWordsAreInterleaved() {
    assertThat(stream.writers()).isEqualTo(48);
    Set<String> open = new HashSet<>();
    int most = 0;
    int changes = 0;
    for (int n = 0; n < stream.size(); n++) {
      Event event = stream.event(n);
      open.add(event.getKey());
      most = Math.max(most, open.size());
      changes += n > 0 && !stream.event(n - 1).getKey().equals(event.getKey()) ? 1 : 0;
      if (event.getEnd()) {
        open.remove(event.getKey());
      }
    }
    assertThat(most).isBetween(40, 48);
    assertThat(changes).isGreaterThan(stream.size() * 9 / 10);
  }

  @Test
  void timesRiseFromLetterToLetter() {
    for (int n = 1; n < stream.size(); n++) {
      assertThat(stream.timeMs(n)).isGreaterThan(stream.timeMs(n - 1));
      assertThat(stream.event(n).getTimestampMs()).isEqualTo(stream.timeMs(n));
    }
  }

  @Test
  void aSeedDecidesTheOrder() {
    assertThat(keys(new WordStream(WORDS, 3))).isEqualTo(keys(stream));
    assertThat(keys(new WordStream(WORDS, 4))).isNotEqualTo(keys(stream));
  }

  @Test
  void aRequestCountsAsEndedAfterItsLastLetter() {
    WordStream words = TestingAnswers.STREAM;
    assertThat(words.endedBefore(2)).isZero();
    assertThat(words.endedBefore(3)).isEqualTo(1);
    assertThat(words.endedBefore(words.size())).isEqualTo(3);
  }

  private static List<String> keys(WordStream stream) {
    List<String> keys = new ArrayList<>();
    for (int n = 0; n < stream.size(); n++) {
      keys.add(stream.event(n).getKey());
    }
    return keys;
  }
}
