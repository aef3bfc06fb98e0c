package dev.carryover.training.pairs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.training.input.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairReaderTest {
  private static final PairOptions ALL = PairOptions.DEFAULTS.withValidationFraction(0);

  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("pairs.tsv"), text);
  }

  private PairData read(String text, PairOptions options) throws IOException {
    return PairReader.read(List.of(file(text)), options);
  }

  @Test
  void variantsOfASourceStandInSeveralLinesOrColumns() throws IOException {
    PairData data = read("ab\tX Y\nb\tX\nab\tY  Y\tX Y\n\nb\tY\n", ALL);
    assertThat(data.sources().tokens()).containsExactly("<unk>", "b", "a");
    assertThat(data.targets().tokens()).containsExactly("<bos>", "<eos>", "Y", "X");
    assertThat(data.training()).extracting(Pair::key).containsExactly("ab", "b");
    assertThat(data.training().get(0).source()).containsExactly(2, 1);
    assertThat(data.training().get(0).targets())
        .containsExactly(new int[] {3, 2}, new int[] {2, 2});
    assertThat(data.training().get(1).targets()).hasSize(2);
    assertThat(data.validation()).isEmpty();
    assertThat(data.digest()).hasSize(64);
  }

  @Test
  void sourcesOfBlanksAreTokensToo() throws IOException {
    PairOptions blanks =
        new PairOptions(
            PairOptions.SourceTokens.BLANKS, 1, PairOptions.DEFAULTS.specialTokens(), 0, 1);
    PairData data = read("one two one\tX\n", blanks);
    assertThat(data.sources().tokens()).containsExactly("<unk>", "one", "two");
    assertThat(data.training().get(0).source()).containsExactly(1, 2, 1);
  }

  @Test
  void aSourceLiesWhollyOnOneSideWhateverTheOrder() throws IOException {
    List<String> lines =
        IntStream.range(0, 400).mapToObj(i -> "w%d\tX\n".formatted(i % 200)).toList();
    PairData data = read(String.join("", lines), ALL.withValidationFraction(0.1));
    assertThat(data.validation()).hasSize(20);
    assertThat(data.training()).hasSize(180);
    List<String> held = data.validation().stream().map(Pair::key).toList();
    assertThat(data.training()).extracting(Pair::key).doesNotContainAnyElementsOf(held);
    List<String> backwards = new ArrayList<>(lines);
    Collections.reverse(backwards);
    PairData again = read(String.join("", backwards), ALL.withValidationFraction(0.1));
    assertThat(again.validation()).extracting(Pair::key).containsExactlyInAnyOrderElementsOf(held);
  }

  @Test
  void aModelNumbersWhatItIsEvaluatedOn() throws IOException {
    PairData data = read("ab\tX Y\n", ALL);
    ModelConfig config =
        ModelConfig.builder()
            .task(Task.SEQ2SEQ)
            .cell(Cell.GRU)
            .vocabulary(data.sources())
            .embeddingSize(2)
            .hiddenSize(2)
            .encoderDecoder(EncoderDecoder.to(data.targets()))
            .build();
    List<Pair> pairs = PairReader.readFor(config, List.of(file("azb\tX Q\n")), ALL);
    assertThat(pairs.get(0).source()).containsExactly(1, 0, 2);
    assertThat(pairs.get(0).targets().get(0)).containsExactly(2, Pair.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({
    "'word\n',pairs.tsv:1: the line has 1 column,write 'source<TAB>target'",
    "'a\tX\n\tX\n',pairs.tsv:2: the source is empty,leave the line out",
    "'a\tX\t \tY\n',pairs.tsv:1: target 2 of source 'a' is empty,leave it out",
    "'\n\n',the file holds 0 pairs,give a file with data",
    "'a\t<eos>\n',the token '<eos>' is special,give the special token another name"
  })
  void whatCannotBeReadIsSaidInOneLine(String text, String what, String remedy) throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> PairReader.read(List.of(file), ALL))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(what.replace("pairs.tsv", file.toString()))
        .hasMessageContaining(remedy);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path absent = folder.resolve("absent.tsv");
    assertThatThrownBy(() -> PairReader.read(List.of(absent), ALL))
        .isInstanceOf(DataException.class)
        .hasMessage(absent + ": there is no such file; correct the path");
  }
}
