package dev.carryover.deploy;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.deploy.TestingCommandLine.Result;
import dev.carryover.model.file.ModelConfigWriter;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.spec.Task;
import dev.carryover.model.vocabulary.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** train, evaluate and trace on models that are trained in a second. */
class TrainingCommandsTest {

  private static final String TRAINING =
      """
      training:
        model-id: tiny
        cell: gru
        embedding-size: 4
        hidden-size: 8
        epochs: 2
        batch-size: 8
        learning-rate: 0.01
        threads: 1
      """;

  private static final String RECIPE =
      """
      data:
        format: lines
        validation-fraction: 0.25
      calibration:
        false-alarm-rate: 0.2
      """
          + TRAINING;

  @TempDir private Path folder;
  private Path recipe;
  private Path sequences;
  private Path output;

  @BeforeEach
  void writeInputs() throws IOException {
    recipe = Files.writeString(folder.resolve("tiny.train.yaml"), RECIPE);
    sequences = Files.write(folder.resolve("train.txt"), sequences(60));
    output = folder.resolve("run");
  }

  /** An a, some b, a c: always the same for a number of lines. */
  private static List<String> sequences(int count) {
    Random random = new Random(7);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add("a" + " b".repeat(2 + random.nextInt(4)) + " c");
    }
    return lines;
  }

  private Result train(Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("train", "--config", recipe, "--output", output));
    arguments.addAll(List.of(more));
    return TestingCommandLine.execute(arguments.toArray());
  }

  @Test
  void sequencesBecomeAModelWithThresholdsAndAReport() throws IOException {
    Result result = train("--data", sequences, "--compare-cells");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("Backend ", "on CPU", "Epoch 2 of 2", "tokens/s", "perplexity", "Alerts ")
        .contains("Model      " + output.resolve("model.safetensors"))
        .contains("Report     " + output.resolve("report.html"));
    assertThat(output.resolve("state_dict.safetensors")).isNotEmptyFile();
    assertThat(Files.readString(output.resolve("report.html"))).contains("tiny", "perplexity");

    ModelFile model = ModelFileReader.read(output.resolve("model.safetensors"));
    assertThat(model.config().alerts().falseAlarmRate()).isEqualTo(0.2f);
    assertThat(model.config().provenance())
        .containsKeys("data_sha256", "seed", "validation_perplexity")
        .extractingByKey("data_layout")
        .asString()
        .contains("lines")
        .doesNotContain(folder.toString());
    assertThat(model.selfTests()).isNotEmpty();
  }

  @Test
  void aSeedDecidesTheWeights() throws IOException {
    assertThat(train("--data", sequences, "--seed", "5").exitCode()).isZero();
    byte[] first = Files.readAllBytes(output.resolve("state_dict.safetensors"));
    output = folder.resolve("again");
    assertThat(train("--data", sequences, "--seed", "5").exitCode()).isZero();
    assertThat(output.resolve("state_dict.safetensors")).hasBinaryContent(first);
    output = folder.resolve("other");
    assertThat(train("--data", sequences, "--seed", "6").exitCode()).isZero();
    assertThat(Files.readAllBytes(output.resolve("state_dict.safetensors"))).isNotEqualTo(first);
  }

  @Test
  void aRunIsResumedWithMoreEpochsAndNeverOverwritten() throws IOException {
    assertThat(train("--data", sequences).exitCode()).isZero();
    assertOneLine(train("--data", sequences), "holds the checkpoint of a run", "resume");
    Files.writeString(recipe, RECIPE.replace("epochs: 2", "epochs: 3"));
    Result result = train("--data", sequences, "--resume");
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("Epoch 3 of 3").doesNotContain("Epoch 2 of");
  }

  @Test
  void thereMustBeARunToResume() {
    assertOneLine(train("--data", sequences, "--resume"), "last.checkpoint");
  }

  @Test
  void badInputIsOneLineAndLeavesTheEarlierCheckpointWhole() throws IOException {
    assertThat(train("--data", sequences).exitCode()).isZero();
    byte[] before = Files.readAllBytes(output.resolve("last.checkpoint"));
    String csv =
        "data:\n  format: csv\n  task: regress\n  csv: {key: k, targets: [y]}\n" + TRAINING;

    assertBad(RECIPE, "", "0 events");
    assertBad(RECIPE, "a\n", "1 key");
    assertBad(RECIPE, "a a a\n".repeat(9), "the vocabulary is [a]");
    assertBad(csv, "k,x,y\n1,0.5,1\n2,0.5\n", "tiny.txt");
    assertBad(csv, "k,x,y\n1,NaN,1\n2,1,1\n", "NaN");
    assertBad("training:\n  cell: gur\n", "a b\nb a\n", "cell", "gru");
    assertBad("training:\n  hiden-size: 3\n", "a b\nb a\n", "hiden-size", "hidden-size");
    assertBad("trainig:\n  cell: gru\n", "a b\nb a\n", "trainig", "training");
    assertBad("data:\n  format: xml\n", "a b\nb a\n", "xml", "lines");
    assertBad("data:\n  fromat: lines\n", "a b\nb a\n", "fromat", "format");
    assertBad("data:\n  gap: 6\n", "a b\nb a\n", "data.gap", "'6'", "ms, s, min, h or d");
    assertBad("data: {format: kafka}\n", "a b\nb a\n", "data.job is missing");
    assertBad("calibration: {false-alarm-rate: 2}\n", "a b\nb a\n", "false-alarm-rate is 2.0");
    assertBad("data: [\n", "a b\nb a\n", "no YAML");
    assertBad("", "a b\nb a\n", "tiny.train.yaml");
    assertBad(
        "data: {validation-fraction: 0}\ncalibration: {false-alarm-rate: 0.1}\n",
        "a b\nb a\n",
        "0 sequences are held back");
    assertBad(RECIPE, String.join("\n", sequences(59)) + "\n", "data of digest");

    assertThat(output.resolve("last.checkpoint")).hasBinaryContent(before);
    Files.writeString(recipe, RECIPE);
    assertThat(train("--data", sequences, "--resume").exitCode()).isZero();
  }

  private void assertBad(String yaml, String data, String... parts) throws IOException {
    Files.writeString(recipe, yaml);
    Path file = Files.writeString(folder.resolve("tiny.txt"), data);
    assertOneLine(train("--data", file, "--resume"), parts);
  }

  @Test
  void optionsThatDoNotFitAreOneLine() {
    assertOneLine(train("--data", sequences, "--seed", "x"), "--seed", "'x'");
    assertOneLine(train("--data", sequences, "--test", sequences), "--test and --labels");
    assertOneLine(train(), "there is no file to read", "--data", "data.files");
    assertOneLine(train("--data", folder.resolve("absent")), "absent", "no such file");
  }

  @Test
  void aFileSystemWithoutRoomLeavesTheEarlierCheckpointWhole()
      throws IOException, InterruptedException {
    assertThat(train("--data", sequences).exitCode()).isZero();
    byte[] before = Files.readAllBytes(output.resolve("last.checkpoint"));
    Files.writeString(recipe, RECIPE.replace("epochs: 2", "epochs: 4"));

    // No file of more than a kibibyte can be written; a disk that is full fails in the same way.
    ProcessBuilder limited =
        new ProcessBuilder(
            "bash",
            "-c",
            "ulimit -f 1; exec \"$@\"",
            "bash",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "--add-modules=jdk.incubator.vector",
            "-Dcarryover.log=/dev/null",
            "-cp",
            System.getProperty("java.class.path"),
            Carryover.class.getName(),
            "train",
            "--config",
            recipe.toString(),
            "--output",
            output.toString(),
            "--data",
            sequences.toString(),
            "--resume");
    Process process = limited.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(text).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(text).contains("carryover train: " + output, "are whole", "--resume");
    assertThat(text).doesNotContain("\tat ");
    assertThat(output.resolve("last.checkpoint")).hasBinaryContent(before);
    assertThat(train("--data", sequences, "--resume").exitCode()).isZero();
  }

  @Test
  void aModelIsMeasuredOnDataThatLooksAsThatOfTraining() {
    assertThat(train("--data", sequences).exitCode()).isZero();
    Result result =
        TestingCommandLine.execute(
            "evaluate", "--model", output.resolve("model.safetensors"), "--data", sequences);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("60 sequences", "bits per token", "top 3 accuracy");
    assertThat(result.out()).doesNotContain("Weights");

    Result rounded = evaluate("--data", sequences, "--weights", "bf16");
    assertThat(rounded.exitCode()).as("%s", rounded).isZero();
    assertThat(rounded.out())
        .containsSubsequence(
            "Weights    fp32",
            "perplexity",
            "Weights    bf16",
            "perplexity",
            "what bf16 weights change in the output of a step",
            "mean KL divergence, nats",
            "50,001 to 100,000");
    assertOneLine(
        evaluate("--data", sequences, "--weights", "fp16"),
        "weights 'fp16' are not known: use fp32 or bf16");
  }

  private Result evaluate(Object... arguments) {
    Object[] all = new Object[3 + arguments.length];
    all[0] = "evaluate";
    all[1] = "--model";
    all[2] = output.resolve("model.safetensors");
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return TestingCommandLine.execute(all);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void labelsOfEveryStepAreLearnedAndMeasured(boolean bidirectional) throws IOException {
    Files.writeString(
        recipe,
        "data: {format: lines, task: label, target-column: true, validation-fraction: 0.25}\n"
            + TRAINING
            + "  bidirectional: "
            + bidirectional
            + "\n");
    Path labelled =
        Files.write(
            folder.resolve("labelled.tsv"),
            sequences(60).stream().map(line -> line + "\t" + line.toUpperCase(ROOT)).toList());

    Result trained = train("--data", labelled);
    assertThat(trained.exitCode()).as("%s", trained).isZero();
    Result evaluated =
        TestingCommandLine.execute(
            "evaluate", "--model", output.resolve("model.safetensors"), "--data", labelled);
    assertThat(evaluated.exitCode()).as("%s", evaluated).isZero();

    for (Result shown : List.of(trained, evaluated)) {
      assertThat(shown.out()).contains("accuracy", "macro f1", "precision", "is \\ said");
    }
    ModelFile model = ModelFileReader.read(output.resolve("model.safetensors"));
    assertThat(model.config().bidirectional()).isEqualTo(bidirectional);
    assertThat(model.config().labels()).containsExactlyInAnyOrder("A", "B", "C");
    assertThat(model.config().provenance()).containsKey("validation_accuracy");
    assertThat(Files.readString(output.resolve("report.html"))).contains("accuracy");
  }

  @Test
  void wordsBecomeAModelThatAnswersThem() throws IOException {
    Files.writeString(
        recipe,
        "data: {task: seq2seq, validation-fraction: 0.1}\n"
            + TRAINING
            + "  attention: additive\n  bidirectional-encoder: true\n  encoder-hidden-size: 5\n");
    Random random = new Random(5);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      String word = Integer.toString(10 + random.nextInt(9000));
      lines.add(word + "\t" + String.join(" ", word.split("")));
    }
    Path pairs = Files.write(folder.resolve("pairs.tsv"), lines);

    Result trained = train("--data", pairs);
    assertThat(trained.exitCode()).as("%s", trained).isZero();
    assertThat(trained.out()).contains("Epoch 2 of 2", "WER ", "beam 4", "source length");
    Path model = output.resolve("model.safetensors");
    ModelFile file = ModelFileReader.read(model);
    assertThat(file.selfTests()).isNotEmpty();
    assertThat(file.config().provenance())
        .containsKeys("validation_word_error_rate", "validation_beam4_word_error_rate");
    assertThat(Files.readString(output.resolve("report.html")))
        .contains("WER %", "Wrong answers", "Alignment");

    assertThat(output.resolve("alignment.png")).isNotEmptyFile();

    Result evaluated =
        TestingCommandLine.execute("evaluate", "--model", model, "--data", pairs, "--beam", "3");
    assertThat(evaluated.exitCode()).as("%s", evaluated).isZero();
    assertThat(evaluated.out())
        .contains("beam of 3", "sequence accuracy", "word error rate", "PER %");

    Result rounded = evaluate("--data", pairs, "--weights", "bf16");
    assertThat(rounded.exitCode()).as("%s", rounded).isZero();
    assertThat(rounded.out()).contains(", fp32 ", ", bf16 ", "WER, difference");

    assertOneLine(
        TestingCommandLine.execute("evaluate", "--model", model, "--data", pairs, "--beam", "0"),
        "the beam width is 0");
    assertOneLine(
        TestingCommandLine.execute(
            "evaluate", "--model", model, "--data", pairs, "--labels", "l", "--train", "t"),
        "--labels is for keys of events, and the model's task is seq2seq");
    assertOneLine(train("--data", pairs, "--compare-cells"), "--compare-cells", "leave them out");
  }

  @Test
  void pairsBelongToSeq2seqAlone() throws IOException {
    assertBad("data: {task: seq2seq, format: lines}\n", "a\tb\n", "seq2seq learns from pairs");
    assertBad("data: {format: pairs}\n", "a\tb\n", "seq2seq learns from pairs");
    assertBad("data: {source-tokens: blanks}\n", "a\tb\n", "only seq2seq has sources");
    assertBad(
        "data: {task: seq2seq, source-tokens: words}\n", "a\tb\n", "it is characters or blanks");
    assertBad(
        "data: {task: seq2seq}\ncalibration: {false-alarm-rate: 0.1}\n",
        "a\tb\n",
        "section calibration");
    Files.writeString(recipe, "training: {attention: additive}\n");
    assertOneLine(train("--data", sequences), "attention is additive and the task is next-token");
    assertOneLine(
        TestingCommandLine.execute(
            "evaluate", "--model", beamless(), "--data", sequences, "--beam", "2"),
        "--beam and --length-penalty are for answers, and the model's task is next-token");
  }

  private Path beamless() throws IOException {
    Files.writeString(recipe, RECIPE);
    output = folder.resolve("beamless");
    assertThat(train("--data", sequences).exitCode()).isZero();
    return output.resolve("model.safetensors");
  }

  @Test
  void aBidirectionalModelIsImportedAndNotStepped() throws IOException {
    Vocabulary vocabulary = Vocabulary.of(List.of("a", "b"), null, null, null);
    ModelConfig config =
        ModelConfig.builder()
            .modelId("both")
            .task(Task.LABEL)
            .cell(Cell.GRU)
            .vocabulary(vocabulary)
            .embeddingSize(2)
            .hiddenSize(3)
            .bidirectional(true)
            .labels(List.of("x", "y"))
            .build();
    Map<String, float[]> tensors = new HashMap<>();
    for (String name : config.tensorShapes().names()) {
      tensors.put(name, new float[config.tensorShapes().length(name)]);
    }
    Path weights = folder.resolve("both.safetensors");
    ModelFileWriter.write(ModelFile.of(config, tensors), weights);
    Path json = Files.writeString(folder.resolve("both.json"), ModelConfigWriter.toJson(config));
    Path imported = folder.resolve("imported.safetensors");

    Result result =
        TestingCommandLine.execute(
            "import", "--weights", weights, "--config", json, "--output", imported);

    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("both: label, gru of 1 x 3 in two directions");
    assertOneLine(
        TestingCommandLine.execute("trace", "--model", imported, "--tokens", "a b"),
        "no end exists in a stream to run backwards from");
  }

  @Test
  void aLabelledStreamShowsEveryThresholdBesideTheBaselines() throws IOException {
    Path stream =
        Files.writeString(
            folder.resolve("stream.tsv"),
            "1\tgood\ta\n1\tbad\ta\n2\tgood\tb\n2\tbad\tc\n3\tgood\tb\n4\tgood\tc\n");
    Path labels = Files.writeString(folder.resolve("labels.tsv"), "good\t0\nbad\t1\n");
    Result trained = train("--data", sequences, "--test", stream, "--labels", labels);
    assertThat(trained.exitCode()).as("%s", trained).isZero();
    Result result =
        TestingCommandLine.execute(
            "evaluate",
            "--model",
            output.resolve("model.safetensors"),
            "--data",
            stream,
            "--labels",
            labels,
            "--train",
            sequences);
    assertThat(result.exitCode()).as("%s", result).isZero();
    for (Result shown : List.of(trained, result)) {
      assertThat(shown.out())
          .contains("tiny, calibrated", "top-1", "surprisal 3 nats", "Best top-g")
          .containsPattern("bigram +1 +0 +0 +1.000 +1.000 +1.000")
          .contains("bigram, or shorter than 4");
    }
    assertThat(Files.readString(output.resolve("report.html"))).contains("Labelled stream");
  }

  @Test
  void labelsAndTheFilesOfTrainingBelongTogether() {
    assertOneLine(
        TestingCommandLine.execute("evaluate", "--model", "m", "--data", "d", "--labels", "l"),
        "--labels is given without --train");
    assertOneLine(
        TestingCommandLine.execute("evaluate", "--model", "m", "--data", "d", "--train", "t"),
        "--train is given without --labels");
  }

  @Test
  void aClassifierShowsEveryLabel() throws IOException {
    Files.writeString(
        recipe, "data:\n  format: lines\n  task: classify\n  target-column: true\n" + TRAINING);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add("a b" + " a".repeat(i % 3) + "\tup");
      lines.add("b a" + " b".repeat(i % 3) + "\tdown");
    }
    Files.write(sequences, lines);
    Result trained = train("--data", sequences);
    assertThat(trained.exitCode()).as("%s", trained).isZero();
    Result result =
        TestingCommandLine.execute(
            "evaluate", "--model", output.resolve("model.safetensors"), "--data", sequences);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out())
        .contains("accuracy", "macro f1")
        .containsPattern("down +20 ")
        .containsPattern("up +20 ");
  }

  @ParameterizedTest
  @CsvSource({"lstm,i f g o", "gru,r z n", "rnn_tanh,''"})
  void theHiddenStateIsShownTokenByToken(String cell, String gates) throws IOException {
    Files.writeString(recipe, RECIPE.replace("gru", cell));
    assertThat(train("--data", sequences).exitCode()).isZero();
    Path picture = folder.resolve("trace.png");
    Result result =
        TestingCommandLine.execute(
            "trace",
            "--model",
            output.resolve("model.safetensors"),
            "--tokens",
            "a b unseen c",
            "--gates",
            "--output",
            picture);
    assertThat(result.exitCode()).as("%s", result).isZero();
    assertThat(result.out()).contains("Hidden state h of layer 0", "<unk>", "Drawn in " + picture);
    for (String gate : gates.isEmpty() ? new String[0] : gates.split(" ")) {
      assertThat(result.out()).contains(" " + gate + " of layer 0");
    }
    assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
  }

  @Test
  void aTraceNeedsTokens() {
    assertThat(train("--data", sequences).exitCode()).isZero();
    Path model = output.resolve("model.safetensors");
    assertOneLine(TestingCommandLine.execute("trace", "--model", model), "--tokens");
    assertOneLine(
        TestingCommandLine.execute("trace", "--model", model, "--tokens", " "), "0 steps");
    assertOneLine(
        TestingCommandLine.execute("trace", "--model", model, "--tokens", "a", "--width", "0"),
        "width of 0");
  }

  private static void assertOneLine(Result result, String... parts) {
    assertThat(result.exitCode()).as("%s", result).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(result.err().lines()).as("%s", result.err()).hasSize(1);
    assertThat(result.err()).startsWith("carryover").contains(parts);
  }
}
