package dev.carryover.deploy;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileException;
import dev.carryover.model.file.ModelFileReader;
import dev.carryover.model.file.SelfTest;
import dev.carryover.model.spec.Attention;
import dev.carryover.model.spec.Cell;
import dev.carryover.model.spec.EncoderDecoder;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.model.vocabulary.Vocabulary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code carryover inspect}: what a model file holds. */
@Command(
    name = "inspect",
    description = "Reads a model file, checks it whole and tells what it holds.")
final class InspectCommand implements Callable<Integer> {

  private static final int LISTED = 12;

  @Option(names = "--model", required = true, paramLabel = "FILE", description = "A model file.")
  private Path model;

  @Spec private CommandSpec spec;

  private PrintWriter out;

  @Override
  public Integer call() throws ModelFileException {
    out = spec.commandLine().getOut();
    ModelFile file = ModelFileReader.read(model);
    ModelConfig config = file.config();
    line("model", config.modelId());
    line("file", model + ", format " + config.formatVersion());
    line("sha256", file.sha256());
    line("task", config.task().configName());
    line("cell", cell(config));
    line(
        "layers",
        config.layers() + " x " + config.hiddenSize() + (config.bias() ? "" : ", no biases"));
    EncoderDecoder parts = config.encoderDecoder();
    if (parts != null) {
      line(
          "encoder",
          parts.encoderHiddenSize() + (parts.bidirectionalEncoder() ? " in two directions" : ""));
      line("attention", attention(parts));
      line("source", config.vocabulary().size() + " tokens, embedded in " + config.inputSize());
      line("vocabulary", some(config.vocabulary().tokens()));
      line("target", parts.targetVocabulary().size() + " tokens, embedded likewise");
      line("vocabulary", some(parts.targetVocabulary().tokens()));
      line(
          "special tokens",
          "begin "
              + token(parts.targetVocabulary(), parts.targetVocabulary().beginId())
              + ", end "
              + token(parts.targetVocabulary(), parts.targetVocabulary().endId())
              + ", unknown "
              + token(config.vocabulary(), config.vocabulary().unknownId())
              + " of the source");
      line("longest output", parts.maximumOutputLength() + " tokens");
    } else if (config.tokenInput()) {
      line("input", config.vocabulary().size() + " tokens, embedded in " + config.inputSize());
      line("vocabulary", some(config.vocabulary().tokens()));
      line("special tokens", specialTokens(config.vocabulary()));
    } else {
      line("input", config.inputSize() + " features");
      line("features", some(config.features().names()));
    }
    line("outputs", Integer.toString(config.outputSize()));
    if (!config.labels().isEmpty()) {
      line("labels", some(config.labels()));
    }
    line("parameters", String.format(Locale.ROOT, "%,d", config.parameterCount()));
    line(
        "hidden state",
        config.stateLayout().floats()
            + " floats ("
            + config.stateLayout().floats() * Float.BYTES
            + " bytes) per key"
            + (parts != null && parts.bidirectionalEncoder() ? " and direction" : ""));
    line("self-tests", selfTests(file.selfTests()));
    config.provenance().forEach((name, value) -> line("provenance", name + " = " + value));
    for (String name : config.tensorShapes().names()) {
      line("tensor", name + " " + Arrays.toString(file.shape(name)));
    }
    out.flush();
    return ExitCode.OK;
  }

  private void line(String what, String value) {
    out.printf("%-15s %s%n", what, value);
  }

  private static String cell(ModelConfig config) {
    return config.cell().configName()
        + (config.cell() == Cell.GRU ? ", reset " + config.gruReset().configName() : "");
  }

  private static String attention(EncoderDecoder parts) {
    return parts.attention() == Attention.ADDITIVE
        ? parts.attention() + " of " + parts.attentionSize()
        : parts.attention().configName();
  }

  private static String specialTokens(Vocabulary vocabulary) {
    return "begin "
        + token(vocabulary, vocabulary.beginId())
        + ", end "
        + token(vocabulary, vocabulary.endId())
        + ", unknown "
        + token(vocabulary, vocabulary.unknownId());
  }

  private static String token(Vocabulary vocabulary, int id) {
    return id == Vocabulary.ABSENT ? "none" : vocabulary.token(id);
  }

  private static String selfTests(List<SelfTest> selfTests) {
    return selfTests.isEmpty()
        ? "none"
        : selfTests.size()
            + " of "
            + selfTests.stream().mapToInt(SelfTest::steps).sum()
            + " steps together";
  }

  private static String some(List<String> values) {
    return values.stream().limit(LISTED).collect(Collectors.joining(" "))
        + (values.size() > LISTED ? " ... (" + values.size() + ")" : "");
  }
}
