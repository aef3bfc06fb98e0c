package dev.carryover.training.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DataReaderTest {
  @TempDir private Path folder;

  @Test
  void linesAreSequencesAndTheCommonestTokenComesFirstInTheVocabulary() throws IOException {
    TrainingData data = read(lines().validationFraction(0), "b a a\n\na c  b\r\n b\ta ");

    assertThat(data.vocabulary().tokens())
        .containsExactly("<unk>", "<bos>", "<eos>", "a", "b", "c");
    assertThat(data.vocabulary().specialTokens()).isEqualTo(InputOptions.SPECIAL_TOKENS);
    assertThat(texts(data.training(), data.vocabulary())).containsExactly("b a a", "a c b", "b a");
    assertThat(data.validation()).isEmpty();
    assertThat(data.digest()).hasSize(64);
  }

  @Test
  void tokensBelowTheMinimumCountAreUnknown() throws IOException {
    TrainingData data = read(lines().validationFraction(0).minimumCount(2), "a b a\nb c");

    assertThat(data.vocabulary().tokens()).containsExactly("<unk>", "<bos>", "<eos>", "a", "b");
    assertThat(texts(data.training(), data.vocabulary())).containsExactly("a b a", "b <unk>");
  }

  @Test
  void vocabularyIsThatOfTheTrainingPartAlone() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      text.append("a b own").append(i).append('\n');
    }

    TrainingData data = read(lines().validationFraction(0.2), text.toString());

    assertThat(data.training()).hasSize(40);
    assertThat(data.validation()).hasSize(10);
    assertThat(data.vocabulary().size()).isEqualTo(3 + 2 + 40);
    assertThat(texts(data.validation(), data.vocabulary())).containsOnly("a b <unk>");
  }

  @Test
  void splitKeepsAKeyTogetherAndDependsOnTheSeedAlone() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      text.append("key").append(i % 20).append("\ta b c\n");
    }

    List<String> first = keys(read(lines().keyColumn(true).seed(1), text.toString()).validation());
    List<String> again = keys(read(lines().keyColumn(true).seed(1), text.toString()).validation());
    List<String> other = keys(read(lines().keyColumn(true).seed(2), text.toString()).validation());

    assertThat(first).hasSize(10).isEqualTo(again);
    assertThat(first.stream().distinct()).hasSize(2);
    assertThat(other.stream().distinct().toList()).isNotEqualTo(first.stream().distinct().toList());
  }

  @Test
  void lineMayEndWithItsLabel() throws IOException {
    TrainingData data =
        read(
            lines().task(Task.CLASSIFY).targetColumn(true).validationFraction(0),
            "a b\t10\nb a\t9\nb b\t10");

    assertThat(data.labels()).containsExactly("9", "10");
    assertThat(data.training().get(0).labels()).containsExactly(1);
    assertThat(data.training().get(1).labels()).containsExactly(0);
    assertThat(data.vocabulary().tokens()).containsExactly("<unk>", "b", "a");
  }

  @Test
  void lineMayHaveALabelForEveryToken() throws IOException {
    TrainingData data =
        read(
            lines().task(Task.LABEL).targetColumn(true).validationFraction(0),
            "the cat\tD N\na dog\tD N");

    assertThat(data.labels()).containsExactly("D", "N");
    assertThat(data.training().get(0).labels()).containsExactly(0, 1);
  }

  @Test
  void charactersAreOneStreamWhoseEndIsHeldBack() throws IOException {
    TrainingData data =
        read(
            InputOptions.builder().format(InputFormat.CHARACTERS).validationFraction(0.25),
            "abc 😀\nb");

    assertThat(data.continuous()).isTrue();
    assertThat(data.training()).hasSize(1);
    assertThat(data.training().get(0).length()).isEqualTo(5);
    assertThat(data.vocabulary().token(data.training().get(0).tokens()[4])).isEqualTo("😀");
    assertThat(texts(data.validation(), data.vocabulary())).containsExactly("<unk> b");
    assertThat(data.vocabulary().beginId()).isEqualTo(Vocabulary.ABSENT);
    assertThat(data.vocabulary().endId()).isEqualTo(Vocabulary.ABSENT);
  }

  @Test
  void eventsAreGroupedByKeyInTheOrderOfTime() throws IOException {
    TrainingData data =
        read(
            events().validationFraction(0),
            "10\tk\ta\n11\tl\tx\n12\tk\tc\n11\tk\tb\n12\tk\td\n1970-01-01T00:00:12.5Z\tl\ty\n");

    assertThat(texts(data.training(), data.vocabulary())).containsExactly("a b c d", "x y");
  }

  @Test
  void gapAndLengthAndEndTokenCutASequence() throws IOException {
    String text = "0\tk\ta\n5\tk\tb\n16\tk\tc\n17\tk\td\n18\tk\te\n18\tk\t<eos>\n19\tk\tf\n";

    TrainingData data =
        read(events().validationFraction(0).gap(Duration.ofSeconds(10)).maximumLength(2), text);

    assertThat(texts(data.training(), data.vocabulary())).containsExactly("a b", "c d", "e", "f");
  }

  @Test
  void csvRowsAreFeaturesNormalizedByTheTrainingPart() throws IOException {
    CsvColumns columns = new CsvColumns("id", "t", List.of(), List.of("load"), ';');
    TrainingData data =
        read(
            InputOptions.builder()
                .format(InputFormat.CSV)
                .task(Task.REGRESS)
                .csv(columns)
                .validationFraction(0),
            "t;id;x;\"constant\";load\n2;k;3;7;30\n1;k;1;7;10\n1;l;5;7;50\n");

    assertThat(data.features().names()).containsExactly("x", "constant");
    assertThat(data.features().mean()).containsExactly(3f, 7f);
    assertThat(data.features().scale()).containsExactly((float) Math.sqrt(8.0 / 3), 1f);
    assertThat(data.valueCount()).isEqualTo(1);
    TrainingSequence first = data.training().get(0);
    assertThat(first.features()).isDeepEqualTo(new float[][] {{1, 7}, {3, 7}});
    assertThat(first.values()).isDeepEqualTo(new float[][] {{10}, {30}});
    assertThat(data.continuous()).isFalse();
  }

  @Test
  void csvWithoutAKeyIsOneStream() throws IOException {
    TrainingData data =
        read(
            InputOptions.builder()
                .format(InputFormat.CSV)
                .task(Task.CLASSIFY)
                .targetOfEveryStep(true)
                .csv(new CsvColumns(null, null, List.of("x"), List.of("y"), ','))
                .validationFraction(0.5),
            "x,y\n1,up\n2,down\n3,up\n4,down\n");

    assertThat(data.continuous()).isTrue();
    assertThat(data.training().get(0).labels()).containsExactly(1, 0);
    assertThat(data.validation().get(0).features()).isDeepEqualTo(new float[][] {{3}, {4}});
  }

  @Test
  void sameFilesHaveTheSameDigestAndOthersAnother() throws IOException {
    assertThat(read(lines(), "a b\nb a").digest()).isEqualTo(read(lines(), "a b\nb a").digest());
    assertThat(read(lines(), "a b\nb a").digest())
        .isNotEqualTo(read(lines(), "a b\nb a a").digest());
  }

  static Stream<Arguments> badData() {
    return Stream.of(
        bad("empty file", lines(), "", "F: the file holds 0 events, and at least 1 is needed"),
        bad("blank lines alone", lines(), "\n \n", "F: the file holds 0 events"),
        bad("one key", lines(), "a b", "F: there is 1 key, of which 1 is held back"),
        bad(
            "vocabulary of one",
            lines().validationFraction(0),
            "a a\na",
            "F: the vocabulary is [a], and at least 2 tokens that occur 1 times or more are needed;"
                + " give data with more tokens, or lower the minimum count"),
        bad(
            "one character",
            InputOptions.builder().format(InputFormat.CHARACTERS),
            "a",
            "F: the stream has 1 steps, of which 0 are held back"),
        bad(
            "ragged events",
            events(),
            "1\tk\ta\n2\tk\n",
            "F:2: the line has 2 columns and the others have 3; give every line the same columns"),
        bad(
            "time that is none",
            events(),
            "noon\tk\ta\n",
            "F:1: the time is 'noon', and a number of seconds or an ISO 8601 instant is needed"),
        bad(
            "begin token in the data",
            lines(),
            "a b\n<bos> a",
            "F:2: the token '<bos>' is the begin token, which no event carries"),
        bad(
            "long line",
            lines().maximumLineLength(4),
            "a b\na b c",
            "F:2: the line has more than 4 characters, the most that are read"),
        bad(
            "too many events",
            lines().maximumEvents(3),
            "a b\na b",
            "F:2: there are more than 3 events, the most that are taken"),
        bad(
            "labels for some tokens",
            lines().task(Task.LABEL).targetColumn(true),
            "a b\tx",
            "F:1: there are 1 labels and 2 tokens; give one label for every token"),
        bad(
            "one label",
            lines().task(Task.CLASSIFY).targetColumn(true),
            "a b\tx\nb a\tx",
            "F: the labels are [x], and at least 2 are needed to tell apart"),
        bad(
            "event without a label",
            events().task(Task.LABEL).targetColumn(true).validationFraction(0),
            "1\tk\ta\tx\n2\tk\tb\ty\n3\tk\ta\t",
            "F, key k: step 3 of 3 has no label"),
        bad(
            "NaN feature",
            csv(),
            "x,y\n1,2\n3,NaN\n",
            "F:3: column 'y' has 'NaN', and a finite number is needed"),
        bad("text feature", csv(), "x,y\n1,two\n", "F:2: column 'y' has 'two'"),
        bad(
            "ragged rows",
            csv(),
            "x,y\n1,2\n3\n",
            "F:3: the line has 1 columns and the others have 2"),
        bad("column twice", csv(), "x,x\n1,2\n", "F:1: columns 1 and 2 are both named 'x'"),
        bad(
            "no such column",
            csv().csv(new CsvColumns("id", null, List.of(), List.of(), ',')),
            "x,y\n1,2\n",
            "F:1: there is no column 'id', there are [x, y]; name a column of the header"),
        bad("header alone", csv(), "x,y\n", "F: the file holds 0 events"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badData")
  void badDataGivesOneClearLine(
      String name, InputOptions.Builder options, String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("F"), text);

    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> DataReader.read(List.of(file), options.build()))
        .satisfies(
            e -> {
              String line = e.getMessage().replace(file.toString(), "F");
              assertThat(line).startsWith(message).contains("; ").doesNotContain("\n");
            });
  }

  @Test
  void fileThatIsNotUtf8OrAbsentIsToldByName() throws IOException {
    Path file = Files.write(folder.resolve("F"), new byte[] {'a', ' ', (byte) 0xc0, '\n'});

    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> DataReader.read(List.of(file), lines().build()))
        .withMessage(
            file + ":1 or after: there are bytes that are not UTF-8; save the file as UTF-8");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> DataReader.read(List.of(folder.resolve("none")), lines().build()))
        .withMessage(folder.resolve("none") + ": there is no such file; correct the path");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> DataReader.read(List.of(folder), lines().build()))
        .withMessageContaining("the file cannot be read");
  }

  @Test
  void randomBytesAreReadOrRefusedWithOneLine() throws IOException {
    long seed = 7;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = new byte[random.nextInt(200)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = "0123,;\t\n\r \"ab.-NaN".getBytes(StandardCharsets.US_ASCII)[random.nextInt(18)];
      }
      Path file = Files.write(folder.resolve("F"), bytes);
      for (InputOptions.Builder options : List.of(lines(), events(), csv())) {
        try {
          DataReader.read(List.of(file), options.build());
        } catch (DataException e) {
          assertThat(e.getMessage()).as("seed=%d round %d", seed, round).doesNotContain("\n");
        }
      }
    }
  }

  private TrainingData read(InputOptions.Builder options, String text) throws IOException {
    Path file = Files.writeString(folder.resolve("F"), text);
    return DataReader.read(List.of(file), options.build());
  }

  private static List<String> keys(List<TrainingSequence> sequences) {
    return sequences.stream().map(TrainingSequence::key).toList();
  }

  private static List<String> texts(List<TrainingSequence> sequences, Vocabulary vocabulary) {
    List<String> texts = new ArrayList<>();
    for (TrainingSequence sequence : sequences) {
      List<String> tokens = new ArrayList<>();
      for (int id : sequence.tokens()) {
        tokens.add(vocabulary.token(id));
      }
      texts.add(String.join(" ", tokens));
    }
    return texts;
  }

  private static Arguments bad(
      String name, InputOptions.Builder options, String text, String message) {
    return Arguments.of(name, options, text, message);
  }

  private static InputOptions.Builder lines() {
    return InputOptions.builder();
  }

  private static InputOptions.Builder events() {
    return InputOptions.builder().format(InputFormat.EVENTS);
  }

  private static InputOptions.Builder csv() {
    return InputOptions.builder().format(InputFormat.CSV).task(Task.NEXT_TOKEN);
  }
}
