package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every refusal is tried: the error, both values and the place are in the message. */
class ModelFileRefusalTest {
  private static final ModelFileLimits LIMITS = ModelFileLimits.defaults();
  private static final int HEADER_BYTES = 32 << 20;

  /** The smallest model: one token, one number everywhere, no bias in the cell. */
  private static final String CONFIG =
      config("\"vocabulary\":[\"a\"]", "\"embedding_size\":1", "\"hidden_size\":1");

  private static final String FEATURE_CONFIG =
      """
      {"format_version":1,"model_id":"m","task":"regress","cell":"rnn_tanh","hidden_size":1,
       "bias":false,"outputs":1,"features":{"names":["x","y"],"mean":[0,0],"scale":[1,1]}}""";

  @TempDir Path folder;

  /** Something that reads and is to be refused. */
  interface Attempt {
    void read() throws ModelFileException;
  }

  static Stream<Arguments> refusals() {
    return Stream.of(container(), entries(), configs(), transducers(), tensors())
        .flatMap(List::stream);
  }

  private static List<Arguments> container() {
    byte[] object = "{}".getBytes(StandardCharsets.UTF_8);
    byte[] good = smallest().bytes();
    return List.of(
        refusal(
            "missing file",
            ModelFileError.UNREADABLE,
            () -> ModelFileReader.read(Path.of("no-such-folder", "none.safetensors")),
            "the file cannot be read: java.nio.file.NoSuchFileException:"
                + " no-such-folder/none.safetensors",
            "no-such-folder/none.safetensors"),
        refusal(
            "stream that breaks",
            ModelFileError.UNREADABLE,
            () -> ModelFileReader.read(new BrokenStream(), 100, "f", LIMITS),
            "the file cannot be read: java.io.IOException: connection reset",
            "f"),
        refusal(
            "file above the limit",
            ModelFileError.FILE_TOO_LARGE,
            () -> read(good, LIMITS.withFileBytes(10)),
            "the file has " + good.length + " bytes, the limit is 10",
            "f"),
        refusal(
            "empty file",
            ModelFileError.TRUNCATED,
            new byte[0],
            "the file has 0 bytes, the header length alone has 8",
            "f"),
        refusal(
            "file that ends before its size",
            ModelFileError.TRUNCATED,
            () ->
                ModelFileReader.read(
                    new ByteArrayInputStream(good, 0, good.length - 3), good.length, "f", LIMITS),
            "the file ends after %d bytes, expected %d".formatted(good.length - 3, good.length),
            "f, offset " + (good.length - 3)),
        refusal(
            "header length one beyond the file",
            ModelFileError.HEADER_BEYOND_FILE,
            TestingSafetensors.withHeaderLength(3, object, new byte[0]),
            "the header length is 3, the file has 2 bytes after it",
            "f, offset 0"),
        refusal(
            "header length of all ones",
            ModelFileError.HEADER_BEYOND_FILE,
            TestingSafetensors.withHeaderLength(-1, object, new byte[0]),
            "the header length is 18446744073709551615, the file has 2 bytes after it",
            "f, offset 0"),
        refusal(
            "zip file, as torch.save writes it",
            ModelFileError.HEADER_BEYOND_FILE,
            Arrays.copyOf(new byte[] {'P', 'K', 3, 4, 0, 0, 8, 8}, 1000),
            "the header length is 578712552184433488, the file has 992 bytes after it",
            "f, offset 0"),
        refusal(
            "header above the limit",
            ModelFileError.HEADER_TOO_LARGE,
            () -> read(good, LIMITS.withHeaderBytes(20)),
            "the header has %d bytes, the limit is 20".formatted(good[0] & 0xff | good[1] << 8),
            "f, offset 0"),
        refusal(
            "header that is not UTF-8",
            ModelFileError.HEADER_NOT_UTF8,
            TestingSafetensors.of(new byte[] {'{', '"', (byte) 0xc0, '"', '}'}, new byte[0]),
            "the header's 5 bytes are not UTF-8",
            "f, offset 8"),
        refusal(
            "header that is no object",
            ModelFileError.HEADER_MALFORMED,
            TestingSafetensors.of(" []", 0),
            "not one JSON object: it does not begin with '{'",
            "f, header, character 1"),
        refusal(
            "empty header",
            ModelFileError.HEADER_MALFORMED,
            TestingSafetensors.of("", 0),
            "not one JSON object: it does not begin with '{'",
            "f, header, character 0"),
        refusal(
            "header with something behind it",
            ModelFileError.HEADER_MALFORMED,
            TestingSafetensors.of("{} {}", 0),
            "not one JSON object: something follows the object",
            "f, header, character 3"),
        refusal(
            "header that breaks off",
            ModelFileError.HEADER_MALFORMED,
            TestingSafetensors.of("{\"a\":[1", 0),
            "not one JSON object: Unexpected end-of-input",
            "f, header, character 7"),
        refusal(
            "header that nests without end",
            ModelFileError.HEADER_MALFORMED,
            TestingSafetensors.of("{\"a\":" + "[".repeat(100_000), 0),
            "not one JSON object: Document nesting depth (17) exceeds the maximum allowed (16",
            "f, header"),
        refusal(
            "half of a surrogate pair",
            ModelFileError.HEADER_MALFORMED,
            TestingSafetensors.of("{\"\\ud83d\":1}", 0),
            "not one JSON object: a string holds half of a surrogate pair, \\ud83d",
            "f, header, character 1"),
        refusal(
            "tensor named twice",
            ModelFileError.DUPLICATE_KEY,
            TestingSafetensors.of("{\"t\":{},\"t\":{}}", 0),
            "key 't' stands twice in one object",
            "f, header, character 8"),
        refusal(
            "config key twice",
            ModelFileError.DUPLICATE_KEY,
            withConfig("{\"layers\":1,\"layers\":2}"),
            "key 'layers' stands twice in one object",
            "f, __metadata__.carryover, character 12"),
        refusal(
            "header of very many values",
            ModelFileError.TOO_MANY_VALUES,
            TestingSafetensors.of("{\"t\":[" + "0,".repeat(20_000) + "0]}", 0),
            "more than 17408 JSON values, which is the limit",
            "f, header, character 34820"),
        refusal(
            "metadata that is a list",
            ModelFileError.METADATA_INVALID,
            TestingSafetensors.of("{\"__metadata__\":[]}", 0),
            "metadata is an array, expected an object of strings",
            "f, header, __metadata__"),
        refusal(
            "metadata that is JSON and not a string",
            ModelFileError.METADATA_INVALID,
            TestingSafetensors.of("{\"__metadata__\":{\"carryover\":{\"task\":\"x\"}}}", 0),
            "the value is an object, expected a string",
            "f, header, __metadata__.carryover"),
        refusal(
            "tensors above the limit",
            ModelFileError.TOO_MANY_TENSORS,
            () -> read(good, LIMITS.withTensors(4)),
            "the header describes 5 tensors, the limit is 4",
            "f, header"));
  }

  private static List<Arguments> entries() {
    return List.of(
        refusal(
            "entry that is a number",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.of("{\"t\":7}", 0),
            "it is 7, expected an object",
            "f, header, tensor t"),
        refusal(
            "entry without offsets",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.of("{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4),
            "its keys are [dtype, shape], expected [dtype, shape, data_offsets]",
            "f, header, tensor t"),
        refusal(
            "entry with one member more",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.of(
                "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4),
            "its keys are [dtype, shape, data_offsets, x], expected [dtype, shape, data_offsets]",
            "f, header, tensor t"),
        refusal(
            "dtype that is a number",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.ofEntry("32", "[1]", "[0,4]", 4),
            "dtype is 32, expected a string",
            "f, header, tensor t"),
        refusal(
            "dimension with a fraction",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[1.0]", "[0,4]", 4),
            "shape[0] is 1.0, expected a whole number",
            "f, header, tensor t"),
        refusal(
            "dimension beyond 64 bits",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[18446744073709551617]", "[0,4]", 4),
            "shape[0] is 18446744073709551617, which is beyond 64 bits",
            "f, header, tensor t"),
        refusal(
            "shape that is a string",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "\"1\"", "[0,4]", 4),
            "shape is '1', expected an array",
            "f, header, tensor t"),
        refusal(
            "three offsets",
            ModelFileError.TENSOR_ENTRY_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[1]", "[0,4,8]", 4),
            "data_offsets has 3 numbers, expected 2",
            "f, header, tensor t"),
        refusal(
            "64-bit floats",
            ModelFileError.UNSUPPORTED_DTYPE,
            TestingSafetensors.ofEntry("\"F64\"", "[1]", "[0,8]", 8),
            "dtype is 'F64', expected one of [F32, F16, BF16]",
            "f, header, tensor t"),
        refusal(
            "negative dimension",
            ModelFileError.SHAPE_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[-1,-1]", "[0,4]", 4),
            "the shape is [-1, -1], expected no negative dimension",
            "f, header, tensor t"),
        refusal(
            "very many dimensions",
            ModelFileError.SHAPE_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]", 4),
            "the shape has 9 dimensions, the limit is 8",
            "f, header, tensor t"),
        refusal(
            "dimensions whose product wraps to 1",
            ModelFileError.SHAPE_OVERFLOW,
            // 274177 * 67280421310721 = 2^64 + 1, which is 1 in 64 bits.
            TestingSafetensors.ofEntry("\"F32\"", "[274177,67280421310721]", "[0,4]", 4),
            "shape [274177, 67280421310721] has more values than one array holds, which is"
                + " 2147483639",
            "f, header, tensor t"),
        refusal(
            "huge dimension behind a zero",
            ModelFileError.SHAPE_OVERFLOW,
            TestingSafetensors.ofEntry("\"F32\"", "[0,9223372036854775807]", "[0,0]", 0),
            "shape [0, 9223372036854775807] has more values than one array holds, which is"
                + " 2147483639",
            "f, header, tensor t"),
        refusal(
            "offsets in falling order",
            ModelFileError.OFFSETS_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[1]", "[4,0]", 4),
            "data_offsets are [4, 0], expected 0 <= begin <= end",
            "f, header, tensor t"),
        refusal(
            "negative offset",
            ModelFileError.OFFSETS_INVALID,
            TestingSafetensors.ofEntry("\"F32\"", "[1]", "[-4,0]", 4),
            "data_offsets are [-4, 0], expected 0 <= begin <= end",
            "f, header, tensor t"),
        refusal(
            "offset beyond the data section",
            ModelFileError.OFFSETS_OUT_OF_RANGE,
            TestingSafetensors.ofEntry("\"F32\"", "[2]", "[0,8]", 7),
            "data_offsets end at 8, the data section has 7 bytes",
            "f, header, tensor t"),
        refusal(
            "two billion values in four bytes",
            ModelFileError.OFFSETS_OUT_OF_RANGE,
            TestingSafetensors.ofEntry("\"F32\"", "[2147483639]", "[0,8589934556]", 4),
            "data_offsets end at 8589934556, the data section has 4 bytes",
            "f, header, tensor t"),
        refusal(
            "shape larger than its bytes",
            ModelFileError.TENSOR_SIZE_MISMATCH,
            TestingSafetensors.ofEntry("\"F16\"", "[2,2]", "[0,4]", 4),
            "shape [2, 2] of F16 needs 8 bytes, data_offsets [0, 4] hold 4",
            "f, header, tensor t"),
        refusal(
            "overlapping tensors",
            ModelFileError.OFFSETS_OVERLAP,
            two("[0,8]", "[4,12]", 12),
            "it begins at 4, the tensor before it ends at 8",
            "f, header, tensor u"),
        refusal(
            "hole between tensors",
            ModelFileError.OFFSETS_GAP,
            two("[0,8]", "[12,20]", 20),
            "it begins at 12, expected 8 where the last one ends",
            "f, header, tensor u"),
        refusal(
            "hole before the first tensor",
            ModelFileError.OFFSETS_GAP,
            two("[12,20]", "[4,12]", 20),
            "it begins at 4, expected 0 where the last one ends",
            "f, header, tensor u"),
        refusal(
            "bytes after the last tensor",
            ModelFileError.TRAILING_BYTES,
            two("[0,8]", "[8,16]", 17),
            "the tensors end at 16, the data section has 17 bytes",
            "f, data section"),
        refusal(
            "stream that goes on",
            ModelFileError.TRAILING_BYTES,
            () -> {
              byte[] good = smallest().bytes();
              byte[] longer = Arrays.copyOf(good, good.length + 1);
              ModelFileReader.read(new ByteArrayInputStream(longer), good.length, "f", LIMITS);
            },
            "bytes follow the %d that the file was said to have"
                .formatted(smallest().bytes().length),
            "f, offset " + smallest().bytes().length));
  }

  private static List<Arguments> configs() {
    return List.of(
        refusal(
            "bare weights",
            ModelFileError.CONFIG_ABSENT,
            weights(new TestingSafetensors().metadata("format", "pt")).bytes(),
            "metadata has [format], expected 'carryover': these are bare weights and no model file",
            "f, header, __metadata__"),
        refusal(
            "config that is no JSON",
            ModelFileError.CONFIG_MALFORMED,
            withConfig("task: next-token"),
            "not one JSON object: Unrecognized token 'task'",
            "f, __metadata__.carryover, character 4"),
        refusal(
            "newer format version, whatever its keys",
            ModelFileError.NEWER_FORMAT_VERSION,
            withConfig("{\"format_version\":5,\"task\":\"telepathy\",\"wormholes\":3}"),
            "the format version is 5, the newest that this build reads is 4",
            "f, __metadata__.carryover, field format_version"),
        refusal(
            "format version 0",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(CONFIG.replace("\"format_version\":1", "\"format_version\":0")),
            "the value is 0, expected 1 to 2147483647",
            "f, __metadata__.carryover, field format_version"),
        refusal(
            "no format version",
            ModelFileError.CONFIG_MISSING_KEY,
            withConfig(CONFIG.replace("\"format_version\":1,", "")),
            "the key 'format_version' is absent, present are [model_id, task, cell, bias,"
                + " vocabulary, embedding_size, hidden_size]",
            "f, __metadata__.carryover, field format_version"),
        refusal(
            "no model id",
            ModelFileError.CONFIG_MISSING_KEY,
            withConfig(CONFIG.replace("\"model_id\":\"m\",", "")),
            "the key 'model_id' is absent, present are [format_version, task, cell, bias,"
                + " vocabulary, embedding_size, hidden_size]",
            "f, __metadata__.carryover, field model_id"),
        refusal(
            "unknown key",
            ModelFileError.CONFIG_UNKNOWN_KEY,
            withConfig(CONFIG.replace("hidden_size", "hiden_size")),
            "the key 'hiden_size' is unknown, known are [format_version, model_id, task, cell,",
            "f, __metadata__.carryover, field hiden_size"),
        refusal(
            "unknown key among the features",
            ModelFileError.CONFIG_UNKNOWN_KEY,
            withConfig(FEATURE_CONFIG.replace("\"mean\"", "\"means\"")),
            "the key 'means' is unknown, known are [names, mean, scale]",
            "f, __metadata__.carryover, field features.means"),
        refusal(
            "token model without a vocabulary",
            ModelFileError.CONFIG_MISSING_KEY,
            withConfig(CONFIG.replace("\"vocabulary\":[\"a\"],", "")),
            "the key 'vocabulary' is absent, present are [format_version, model_id, task, cell,"
                + " bias, embedding_size, hidden_size]",
            "f, __metadata__.carryover, field vocabulary"),
        refusal(
            "size that is a string",
            ModelFileError.CONFIG_WRONG_TYPE,
            withConfig(CONFIG.replace("\"hidden_size\":1", "\"hidden_size\":\"64\"")),
            "the value is '64', expected a whole number",
            "f, __metadata__.carryover, field hidden_size"),
        refusal(
            "size with a fraction",
            ModelFileError.CONFIG_WRONG_TYPE,
            withConfig(CONFIG.replace("\"hidden_size\":1", "\"hidden_size\":1e0")),
            "the value is 1e0, expected a whole number",
            "f, __metadata__.carryover, field hidden_size"),
        refusal(
            "token that is a number",
            ModelFileError.CONFIG_WRONG_TYPE,
            withConfig(CONFIG.replace("[\"a\"]", "[\"a\",5]")),
            "the value is 5, expected a string",
            "f, __metadata__.carryover, field vocabulary[1]"),
        refusal(
            "null",
            ModelFileError.CONFIG_WRONG_TYPE,
            withConfig(CONFIG.replace("\"bias\":false", "\"bias\":null")),
            "the value is null, expected true or false",
            "f, __metadata__.carryover, field bias"),
        refusal(
            "mean that is a string",
            ModelFileError.CONFIG_WRONG_TYPE,
            withConfig(FEATURE_CONFIG.replace("\"mean\":[0,0]", "\"mean\":[0,\"0\"]")),
            "the value is '0', expected a number",
            "f, __metadata__.carryover, field features.mean[1]"),
        refusal(
            "provenance that is a number",
            ModelFileError.CONFIG_WRONG_TYPE,
            withConfig(config("\"provenance\":{\"epochs\":20}")),
            "the value is 20, expected a string",
            "f, __metadata__.carryover, field provenance.epochs"),
        refusal(
            "size of zero",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(CONFIG.replace("\"hidden_size\":1", "\"hidden_size\":0")),
            "the value is 0, expected 1 to 16384",
            "f, __metadata__.carryover, field hidden_size"),
        refusal(
            "size beyond 64 bits",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(CONFIG.replace("\"hidden_size\":1", "\"hidden_size\":99999999999999999999")),
            "the value is 99999999999999999999, expected 1 to 16384",
            "f, __metadata__.carryover, field hidden_size"),
        refusal(
            "layers above the limit",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(config("\"layers\":65")),
            "the value is 65, expected 1 to 64",
            "f, __metadata__.carryover, field layers"),
        refusal(
            "vocabulary above the limit",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            () ->
                read(
                    withConfig(CONFIG.replace("[\"a\"]", "[\"a\",\"b\"]")),
                    LIMITS.withVocabulary(1)),
            "the value is 2 elements, expected 1 to 1",
            "f, __metadata__.carryover, field vocabulary"),
        refusal(
            "empty vocabulary",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(CONFIG.replace("[\"a\"]", "[]")),
            "the value is 0 elements, expected 1 to 1048576",
            "f, __metadata__.carryover, field vocabulary"),
        refusal(
            "unknown cell",
            ModelFileError.CONFIG_UNKNOWN_VALUE,
            withConfig(CONFIG.replace("rnn_tanh", "rnn")),
            "the value is 'rnn', expected one of [rnn_tanh, rnn_relu, lstm, gru]",
            "f, __metadata__.carryover, field cell"),
        refusal(
            "unknown task",
            ModelFileError.CONFIG_UNKNOWN_VALUE,
            withConfig(CONFIG.replace("next-token", "next_token")),
            "the value is 'next_token', expected one of [next-token, classify, label, regress,"
                + " seq2seq]",
            "f, __metadata__.carryover, field task"),
        refusal(
            "reset gate of an LSTM",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(config("\"gru_reset\":\"before\"").replace("rnn_tanh", "lstm")),
            "gru_reset is before and the cell is lstm; only the gru has a reset gate, leave"
                + " gru_reset out",
            "f, __metadata__.carryover"),
        refusal(
            "features with an embedding",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(FEATURE_CONFIG.replace("\"outputs\"", "\"embedding_size\":4,\"outputs\"")),
            "the key 'embedding_size' is present, but the input is features, and these describe"
                + " tokens",
            "f, __metadata__.carryover, field embedding_size"),
        refusal(
            "labels of a next-token model",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(config("\"labels\":[\"x\",\"y\"]")),
            "the key 'labels' is present, but the task is next-token, and only classify and"
                + " label have these",
            "f, __metadata__.carryover, field labels"),
        refusal(
            "vocabulary of another size than stated",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(config("\"vocabulary_size\":2")),
            "the value is 2 and vocabulary has 1 entries",
            "f, __metadata__.carryover, field vocabulary_size"),
        refusal(
            "sizes whose tensors fit no array",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(
                CONFIG
                    .replace("rnn_tanh", "lstm")
                    .replace("\"hidden_size\":1", "\"hidden_size\":16384")
                    .replace("\"embedding_size\":1", "\"embedding_size\":65536")),
            "tensor rnn.weight_ih_l0 would have more than 2147483639 values; use smaller sizes",
            "f, __metadata__.carryover"),
        refusal(
            "model id with a slash",
            ModelFileError.INVALID_MODEL_ID,
            withConfig(CONFIG.replace("\"model_id\":\"m\"", "\"model_id\":\"../m\"")),
            "model id '../m' does not match [A-Za-z0-9][A-Za-z0-9._-]{0,127}; use letters, digits,"
                + " '.', '_' and '-'",
            "f, __metadata__.carryover, field model_id"),
        refusal(
            "token that occurs twice",
            ModelFileError.INVALID_VOCABULARY,
            withConfig(CONFIG.replace("[\"a\"]", "[\"a\",\"b\",\"a\"]")),
            "token 'a' stands at id 0 and at id 2; every token must be unique",
            "f, __metadata__.carryover, field vocabulary"),
        refusal(
            "special token outside the vocabulary",
            ModelFileError.INVALID_VOCABULARY,
            withConfig(config("\"begin\":\"<bos>\"")),
            "the begin token '<bos>' is not among the 1 tokens of the vocabulary; add it, or leave"
                + " the begin token out",
            "f, __metadata__.carryover, field vocabulary"),
        refusal(
            "one mean for two features",
            ModelFileError.INVALID_FEATURES,
            withConfig(FEATURE_CONFIG.replace("\"mean\":[0,0]", "\"mean\":[0]")),
            "there are 2 features and 1 values of mean; give one per feature",
            "f, __metadata__.carryover, field features"),
        refusal(
            "scale of zero",
            ModelFileError.INVALID_FEATURES,
            withConfig(FEATURE_CONFIG.replace("\"scale\":[1,1]", "\"scale\":[1,0]")),
            "the scale of feature 'y' is 0.0, and values are divided by it; use 1 for a constant"
                + " feature",
            "f, __metadata__.carryover, field features"),
        refusal(
            "mean beyond float32",
            ModelFileError.INVALID_FEATURES,
            withConfig(FEATURE_CONFIG.replace("\"mean\":[0,0]", "\"mean\":[1e39,0]")),
            "the mean of feature 'x' is Infinity; give a finite number",
            "f, __metadata__.carryover, field features"),
        refusal(
            "alerts in a file of version 1",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(config("\"alerts\":{\"rank\":1,\"surprisal\":2,\"false_alarm_rate\":0.1}")),
            "the format version is 1, and alerts are there from 2 on",
            "f, __metadata__.carryover, field alerts"),
        refusal(
            "negative surprisal of alerts",
            ModelFileError.INVALID_ALERTS,
            withConfig(
                config("\"alerts\":{\"rank\":1,\"surprisal\":-2,\"false_alarm_rate\":0.1}")
                    .replace("\"format_version\":1", "\"format_version\":2")),
            "the alert threshold surprisal is -2.0; a surprisal is at least 0 nats",
            "f, __metadata__.carryover, field alerts"),
        refusal(
            "rate of false alarms of one",
            ModelFileError.INVALID_ALERTS,
            withConfig(
                config("\"alerts\":{\"rank\":1,\"surprisal\":2,\"false_alarm_rate\":1}")
                    .replace("\"format_version\":1", "\"format_version\":2")),
            "the false alarm rate is 1.0; it lies between 0 and 1",
            "f, __metadata__.carryover, field alerts"),
        refusal(
            "alert rank of zero",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(
                config("\"alerts\":{\"rank\":0,\"surprisal\":2,\"false_alarm_rate\":0.1}")
                    .replace("\"format_version\":1", "\"format_version\":2")),
            "the value is 0, expected 1 to 1048576",
            "f, __metadata__.carryover, field alerts.rank"),
        refusal(
            "surprisal of alerts beyond float32",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            withConfig(
                config("\"alerts\":{\"rank\":1,\"surprisal\":1e39,\"false_alarm_rate\":0.1}")
                    .replace("\"format_version\":1", "\"format_version\":2")),
            "the value is 1e39, the largest is 3.4028235E38",
            "f, __metadata__.carryover, field alerts.surprisal"),
        refusal(
            "alerts without a surprisal",
            ModelFileError.CONFIG_MISSING_KEY,
            withConfig(
                config("\"alerts\":{\"rank\":1,\"false_alarm_rate\":0.1}")
                    .replace("\"format_version\":1", "\"format_version\":2")),
            "the key 'surprisal' is absent, present are [rank, false_alarm_rate]",
            "f, __metadata__.carryover, field alerts.surprisal"),
        refusal(
            "unknown key of alerts",
            ModelFileError.CONFIG_UNKNOWN_KEY,
            withConfig(
                config(
                        "\"alerts\":{\"loudness\":1,\"rank\":1,\"surprisal\":2,\"false_alarm_rate\":0.1}")
                    .replace("\"format_version\":1", "\"format_version\":2")),
            "the key 'loudness' is unknown, known are [rank, surprisal, end_surprisal, unknown, false_alarm_rate]",
            "f, __metadata__.carryover, field alerts.loudness"),
        refusal(
            "label that occurs twice",
            ModelFileError.INVALID_LABELS,
            withConfig(config("\"labels\":[\"x\",\"x\"]").replace("next-token", "classify")),
            "label 'x' occurs twice; every label must be unique",
            "f, __metadata__.carryover, field labels"),
        refusal(
            "more labels than classes",
            ModelFileError.INVALID_LABELS,
            withConfig(
                config("\"classes\":3", "\"labels\":[\"x\",\"y\"]")
                    .replace("next-token", "classify")),
            "there are 2 labels for 3 outputs; give one per output, or two for one binary output",
            "f, __metadata__.carryover, field labels"),
        refusal(
            "seq2seq model of a version that has none",
            ModelFileError.CONFIG_CONFLICT,
            withConfig("{\"format_version\":3,\"task\":\"seq2seq\",\"source_vocabulary_size\":27}"),
            "the format version is 3, and the task seq2seq is there from 4 on",
            "f, __metadata__.carryover, field task"),
        refusal(
            "label model of a version that has none",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(CONFIG.replace("next-token", "label")),
            "the format version is 1, and the task label is there from 3 on",
            "f, __metadata__.carryover, field task"),
        refusal(
            "bidirectional model of a version that has none",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(config("\"bidirectional\":true").replace("next-token", "classify")),
            "the format version is 1, and two directions are there from 3 on",
            "f, __metadata__.carryover, field bidirectional"),
        refusal(
            "bidirectional model that would read what it predicts",
            ModelFileError.UNSUPPORTED_ARCHITECTURE,
            withConfig(config("\"bidirectional\":true")),
            "the value is true and the task next-token, this build runs classify and label in two"
                + " directions",
            "f, __metadata__.carryover, field bidirectional"),
        refusal(
            "attention",
            ModelFileError.UNSUPPORTED_ARCHITECTURE,
            withConfig(config("\"attention\":\"additive\"")),
            "the value is 'additive' and the task next-token, this build runs attention in seq2seq"
                + " alone",
            "f, __metadata__.carryover, field attention"));
  }

  /** The smallest seq2seq model: two target tokens, one number in every other place. */
  private static final String TRANSDUCER =
      "{\"format_version\":4,\"model_id\":\"m\",\"task\":\"seq2seq\",\"cell\":\"rnn_tanh\","
          + "\"bias\":false,\"embedding_size\":1,\"hidden_size\":1,\"source_vocabulary\":[\"a\"],"
          + "\"target_vocabulary\":[\"<\",\">\"],\"begin\":\"<\",\"end\":\">\"}";

  private static Arguments transducer(
      String name, ModelFileError error, String old, String changed, String what, String field) {
    assertThat(TRANSDUCER).contains(old);
    String where = "f, __metadata__.carryover" + (field.isEmpty() ? "" : ", field " + field);
    return refusal(name, error, withConfig(TRANSDUCER.replace(old, changed)), what, where);
  }

  private static List<Arguments> transducers() {
    return List.of(
        transducer(
            "seq2seq model without target tokens",
            ModelFileError.CONFIG_MISSING_KEY,
            "\"target_vocabulary\":[\"<\",\">\"],",
            "",
            "the key 'target_vocabulary' is absent, present are [format_version, model_id,",
            "target_vocabulary"),
        transducer(
            "seq2seq model without source tokens",
            ModelFileError.CONFIG_MISSING_KEY,
            "\"source_vocabulary\":[\"a\"],",
            "",
            "the key 'source_vocabulary' is absent, present are [format_version, model_id,",
            "source_vocabulary"),
        transducer(
            "seq2seq model without an end token",
            ModelFileError.CONFIG_MISSING_KEY,
            ",\"end\":\">\"",
            "",
            "the key 'end' is absent, present are [format_version, model_id,",
            "end"),
        transducer(
            "id of the end token in a model file",
            ModelFileError.CONFIG_UNKNOWN_KEY,
            "\"end\":\">\"",
            "\"eos\":1",
            "the key 'eos' is unknown, known are [format_version, model_id, task, cell,",
            "eos"),
        transducer(
            "end token that is no target token",
            ModelFileError.INVALID_VOCABULARY,
            "\"end\":\">\"",
            "\"end\":\"a\"",
            "the end token 'a' is not among the 2 tokens of the vocabulary",
            "target_vocabulary"),
        transducer(
            "unknown token that is no source token",
            ModelFileError.INVALID_VOCABULARY,
            "\"end\":\">\"",
            "\"end\":\">\",\"unknown\":\">\"",
            "the unknown token '>' is not among the 1 tokens of the vocabulary",
            "source_vocabulary"),
        transducer(
            "seq2seq model with the vocabulary of other tasks",
            ModelFileError.CONFIG_CONFLICT,
            "\"source_vocabulary\"",
            "\"vocabulary\":[\"a\"],\"source_vocabulary\"",
            "the key 'vocabulary' is present, but the task is seq2seq, which has source_vocabulary",
            "vocabulary"),
        transducer(
            "seq2seq model with alerts",
            ModelFileError.CONFIG_CONFLICT,
            "\"bias\":false",
            "\"alerts\":{}",
            "the key 'alerts' is present, but the task is seq2seq,",
            "alerts"),
        transducer(
            "seq2seq model in two directions as a whole",
            ModelFileError.CONFIG_CONFLICT,
            "\"bias\":false",
            "\"bidirectional\":true",
            "the key 'bidirectional' is present, but the task is seq2seq, and its encoder alone may"
                + " have two directions: say bidirectional_encoder",
            "bidirectional"),
        transducer(
            "unknown attention",
            ModelFileError.CONFIG_UNKNOWN_VALUE,
            "\"bias\":false",
            "\"attention\":\"bahdanau\"",
            "the value is 'bahdanau', expected one of [none, additive, dot, general]",
            "attention"),
        transducer(
            "size of an attention that has none",
            ModelFileError.CONFIG_CONFLICT,
            "\"bias\":false",
            "\"attention\":\"general\",\"attention_size\":8",
            "attention_size is 8 and the attention is general; only additive has a size, leave it"
                + " out",
            ""),
        transducer(
            "dot attention over outputs of another size",
            ModelFileError.CONFIG_CONFLICT,
            "\"bias\":false",
            "\"attention\":\"dot\",\"bidirectional_encoder\":true",
            "the attention is dot, the encoder's outputs have 2 values and hidden_size is 1; dot"
                + " needs them equal, choose general or other sizes",
            ""),
        transducer(
            "answers of no tokens",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            "\"bias\":false",
            "\"maximum_output_length\":0",
            "the value is 0, expected 1 to 65536",
            "maximum_output_length"),
        transducer(
            "encoder size of zero",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            "\"bias\":false",
            "\"encoder_hidden_size\":0",
            "the value is 0, expected 1 to 16384",
            "encoder_hidden_size"),
        refusal(
            "encoder of a model of another task",
            ModelFileError.CONFIG_CONFLICT,
            withConfig(config("\"encoder_hidden_size\":1")),
            "the key 'encoder_hidden_size' is present, but the task is next-token, and only seq2seq"
                + " has an encoder and a decoder",
            "f, __metadata__.carryover, field encoder_hidden_size"),
        refusal(
            "id of the begin token outside the target vocabulary",
            ModelFileError.CONFIG_OUT_OF_RANGE,
            () -> ModelConfigReader.read(TRANSDUCER.replace("\"begin\":\"<\"", "\"bos\":2"), "f"),
            "the value is 2, expected 0 to 1",
            "f, field bos"),
        refusal(
            "begin token named twice",
            ModelFileError.CONFIG_CONFLICT,
            () ->
                ModelConfigReader.read(TRANSDUCER.replace("\"begin\"", "\"bos\":0,\"begin\""), "f"),
            "the key 'begin' is present, but 'bos' says the same; one of them is enough",
            "f, field begin"),
        refusal(
            "bridge where none is needed",
            ModelFileError.SURPLUS_TENSOR,
            smallestTransducer().tensor("bridge_h.bias", new int[] {1}, 1).bytes(),
            "the file has [bridge_h.bias], the config demands only [source_embedding.weight,",
            "f, tensor bridge_h.bias"),
        refusal(
            "self-test of tokens for a seq2seq model",
            ModelFileError.SURPLUS_TENSOR,
            smallestTransducer().tensor("selftest.tokens", new int[] {1, 1}, 0).bytes(),
            "the file has [selftest.tokens], the config demands only [source_embedding.weight,",
            "f, tensor selftest.tokens"),
        refusal(
            "self-test without a source",
            ModelFileError.INVALID_SELF_TEST,
            smallestTransducer()
                .tensor("selftest.target", new int[] {1, 1}, 0)
                .tensor("selftest.logits", new int[] {1, 1, 2}, 0, 0)
                .bytes(),
            "there is selftest.target, selftest.logits and no selftest.source",
            "f, tensor selftest.source"),
        refusal(
            "self-test with fewer sources than targets",
            ModelFileError.INVALID_SELF_TEST,
            transducerSelfTest(new int[] {1, 2}, new float[] {0, 0}, 0, 1),
            "shape is [1, 2], expected [2, S]",
            "f, tensor selftest.source"),
        refusal(
            "self-test with a source token outside its vocabulary",
            ModelFileError.INVALID_SELF_TEST,
            transducerSelfTest(new int[] {2, 2}, new float[] {0, -1, 0, 1}, 0, 1),
            "value at [1, 1] is 1.0, expected a token id from 0 to 0",
            "f, tensor selftest.source"),
        refusal(
            "self-test with a target token outside its vocabulary",
            ModelFileError.INVALID_SELF_TEST,
            transducerSelfTest(new int[] {2, 2}, new float[] {0, -1, 0, 0}, 0, 2),
            "value at [1, 0] is 2.0, expected a token id from 0 to 1",
            "f, tensor selftest.target"));
  }

  private static TestingSafetensors smallestTransducer() {
    int[] one = {1, 1};
    return new TestingSafetensors()
        .config(TRANSDUCER)
        .tensor("source_embedding.weight", one, 1)
        .tensor("target_embedding.weight", new int[] {2, 1}, 1, 1)
        .tensor("encoder.weight_ih_l0", one, 1)
        .tensor("encoder.weight_hh_l0", one, 1)
        .tensor("decoder.weight_ih_l0", one, 1)
        .tensor("decoder.weight_hh_l0", one, 1)
        .tensor("head.weight", new int[] {2, 1}, 1, 1)
        .tensor("head.bias", new int[] {2}, 1, 1);
  }

  /** Two self-tests of one target token each. */
  private static byte[] transducerSelfTest(int[] sourceShape, float[] source, float... target) {
    return smallestTransducer()
        .tensor("selftest.source", sourceShape, source)
        .tensor("selftest.target", new int[] {2, 1}, target)
        .tensor("selftest.logits", new int[] {2, 1, 2}, 0, 0, 0, 0)
        .bytes();
  }

  private static List<Arguments> tensors() {
    return List.of(
        refusal(
            "tensor of another name",
            ModelFileError.MISSING_TENSOR,
            new TestingSafetensors()
                .config(CONFIG)
                .tensor("embedding.weight", new int[] {1, 1}, 1)
                .tensor("gru.weight_ih_l0", new int[] {1, 1}, 1)
                .bytes(),
            "there is no such tensor, expected shape [1, 1]; present and not expected:"
                + " [gru.weight_ih_l0]",
            "f, tensor rnn.weight_ih_l0"),
        refusal(
            "bias that the config does not have",
            ModelFileError.SURPLUS_TENSOR,
            smallest().tensor("rnn.bias_ih_l0", new int[] {1}, 1).bytes(),
            "the file has [rnn.bias_ih_l0], the config demands only [embedding.weight,"
                + " rnn.weight_ih_l0, rnn.weight_hh_l0, head.weight, head.bias]",
            "f, tensor rnn.bias_ih_l0"),
        refusal(
            "self-test of features for a token model",
            ModelFileError.SURPLUS_TENSOR,
            smallest().tensor("selftest.features", new int[] {1, 1, 1}, 1).bytes(),
            "the file has [selftest.features], the config demands only [embedding.weight,",
            "f, tensor selftest.features"),
        refusal(
            "tensor of another shape",
            ModelFileError.SHAPE_MISMATCH,
            withConfig(CONFIG.replace("\"hidden_size\":1", "\"hidden_size\":2")),
            "shape is [1, 1], the config demands [2, 1]",
            "f, tensor rnn.weight_ih_l0"),
        refusal(
            "tensor of other dimensions and as many values",
            ModelFileError.SHAPE_MISMATCH,
            new TestingSafetensors()
                .config(CONFIG)
                .tensor("embedding.weight", new int[] {1}, 1)
                .bytes(),
            "shape is [1], the config demands [1, 1]",
            "f, tensor embedding.weight"),
        refusal(
            "NaN weight",
            ModelFileError.NON_FINITE_VALUE,
            smallest(Float.NaN).bytes(),
            "the value at index 0 of [1] is NaN, expected a finite number",
            "f, header, tensor head.bias"),
        refusal(
            "infinite 16-bit weight",
            ModelFileError.NON_FINITE_VALUE,
            matrices(new TestingSafetensors().config(CONFIG))
                .halves("head.bias", "F16", new int[] {1}, 0xfc00)
                .bytes(),
            "the value at index 0 of [1] is -Infinity, expected a finite number",
            "f, header, tensor head.bias"),
        refusal(
            "self-test without outputs",
            ModelFileError.INVALID_SELF_TEST,
            smallest().tensor("selftest.tokens", new int[] {1, 1}, 0).bytes(),
            "there is selftest.tokens and no selftest.logits",
            "f, tensor selftest.logits"),
        refusal(
            "self-test without inputs",
            ModelFileError.INVALID_SELF_TEST,
            smallest().tensor("selftest.logits", new int[] {1, 1, 1}, 0).bytes(),
            "there is selftest.logits and no selftest.tokens",
            "f, tensor selftest.tokens"),
        refusal(
            "self-test with another number of outputs",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {1, 1}, new int[] {1, 1, 2}, 0),
            "shape is [1, 1, 2], expected [N, T, 1]",
            "f, tensor selftest.logits"),
        refusal(
            "self-test with more inputs than outputs",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {1, 2}, new int[] {1, 1, 1}, 0, 0),
            "shape is [1, 2], expected [1, 1] as selftest.logits has [1, 1, 1]",
            "f, tensor selftest.tokens"),
        refusal(
            "self-test without steps",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {0, 1}, new int[] {0, 1, 1}),
            "shape is [0, 1, 1], expected [N, T, 1]",
            "f, tensor selftest.logits"),
        refusal(
            "self-test with an id outside the vocabulary",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {1, 2}, new int[] {1, 2, 1}, 0, 1),
            "value at [0, 1] is 1.0, expected a token id from 0 to 0",
            "f, tensor selftest.tokens"),
        refusal(
            "self-test with half an id",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {1, 1}, new int[] {1, 1, 1}, 0.5f),
            "value at [0, 0] is 0.5, expected a token id from 0 to 0",
            "f, tensor selftest.tokens"),
        refusal(
            "self-test that is padding alone",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {1, 1}, new int[] {1, 1, 1}, -1),
            "value at [0, 0] is -1.0, expected a token id from 0 to 0",
            "f, tensor selftest.tokens"),
        refusal(
            "self-test with padding between tokens",
            ModelFileError.INVALID_SELF_TEST,
            selfTest(new int[] {1, 3}, new int[] {1, 3, 1}, 0, -1, 0),
            "value at [0, 2] is 0.0 after padding (-1)",
            "f, tensor selftest.tokens"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("refusals")
  void isRefusedWithItsErrorBothValuesAndThePlace(
      String name, ModelFileError error, Attempt attempt, String what, String where) {
    ModelFileException refusal = catchThrowableOfType(ModelFileException.class, attempt::read);

    assertThat(refusal).as(name).isNotNull();
    assertThat(refusal.error()).as(refusal.getMessage()).isEqualTo(error);
    assertThat(refusal.what()).startsWith(what);
    assertThat(refusal.where()).startsWith(where);
    assertThat(refusal.remedy()).isNotBlank();
    assertThat(refusal)
        .hasMessage("%s: %s (%s); %s", error, refusal.what(), refusal.where(), refusal.remedy());
    assertThat(refusal.getMessage()).doesNotContain("\n");
  }

  @Test
  void configFileAboveTheLimitIsRefused() throws IOException {
    Path config = folder.resolve("large.json");
    Files.writeString(config, CONFIG);

    ModelFileException refusal =
        catchThrowableOfType(
            ModelFileException.class,
            () -> ModelConfigReader.read(config, LIMITS.withHeaderBytes(10)));

    assertThat(refusal.error()).isEqualTo(ModelFileError.CONFIG_TOO_LARGE);
    assertThat(refusal)
        .hasMessage(
            "CONFIG_TOO_LARGE: the config has %d bytes, the limit is 10 (%s); give the config"
                + " alone, or raise the limit",
            CONFIG.length(), config);
  }

  @Test
  void configFileThatIsNotUtf8IsRefused() throws IOException {
    Path config = folder.resolve("latin1.json");
    Files.write(config, new byte[] {'{', (byte) 0xe4, '}'});

    ModelFileException refusal =
        catchThrowableOfType(ModelFileException.class, () -> ModelConfigReader.read(config));

    assertThat(refusal.error()).isEqualTo(ModelFileError.CONFIG_MALFORMED);
    assertThat(refusal.what()).isEqualTo("the config's 3 bytes are not UTF-8");
  }

  @Test
  void everyErrorIsTriedHere() {
    Set<ModelFileError> tried =
        refusals()
            .map(refusal -> (ModelFileError) refusal.get()[1])
            .collect(Collectors.toCollection(() -> EnumSet.of(ModelFileError.CONFIG_TOO_LARGE)));

    assertThat(tried)
        .as("give every new error a row in refusals()")
        .containsExactlyInAnyOrder(ModelFileError.values());
  }

  @Test
  void smallestModelIsRead() throws ModelFileException {
    ModelFile file = ModelFileReader.read(smallest().bytes(), "f");

    assertThat(file.config().parameterCount()).isEqualTo(5);
    assertThat(file.selfTests()).isEmpty();
    assertThat(
            ModelFileReader.read(selfTest(new int[] {1, 2}, new int[] {1, 2, 1}, 0, -1), "f")
                .selfTests())
        .containsExactly(SelfTest.ofTokens(new int[] {0}, new float[][] {{0}}));
  }

  @Test
  void smallestSeq2seqModelIsRead() throws ModelFileException {
    assertThat(ModelFileReader.read(smallestTransducer().bytes(), "f").config().parameterCount())
        .isEqualTo(1 + 2 + 2 + 2 + 2 + 2);
    assertThat(
            ModelFileReader.read(
                    transducerSelfTest(new int[] {2, 2}, new float[] {0, -1, 0, 0}, 0, 1), "f")
                .selfTests())
        .containsExactly(
            SelfTest.ofTransduction(new int[] {0}, new int[] {0}, new float[1][2]),
            SelfTest.ofTransduction(new int[] {0, 0}, new int[] {1}, new float[1][2]));
  }

  @Test
  void namesFromTheFileNeitherBreakNorFloodTheMessage() {
    byte[] bytes = TestingSafetensors.of("{\"a\\n" + "x".repeat(3000) + "\":{}}", 0);

    ModelFileException refusal =
        catchThrowableOfType(ModelFileException.class, () -> ModelFileReader.read(bytes, "f"));

    assertThat(refusal.getMessage()).doesNotContain("\n").hasSizeLessThan(2000);
    assertThat(refusal.where()).startsWith("f, header, tensor a?xxx");
  }

  @Test
  void giantClaimsAllocateNothing() {
    long before = allocatedBytes();

    for (int i = 0; i < 100; i++) {
      byte[] header = TestingSafetensors.withHeaderLength(HEADER_BYTES, new byte[8], new byte[8]);
      byte[] shape = TestingSafetensors.ofEntry("\"F32\"", "[500000000]", "[0,2000000000]", 4);
      byte[] config =
          withConfig(
              CONFIG
                  .replace("\"vocabulary\":[\"a\"]", "\"vocabulary_size\":1000")
                  .replace("\"embedding_size\":1", "\"embedding_size\":65536")
                  .replace("\"hidden_size\":1", "\"hidden_size\":16384"));
      for (byte[] bytes : List.of(header, shape, config)) {
        assertThat(
                catchThrowableOfType(
                    ModelFileException.class, () -> ModelFileReader.read(bytes, "f")))
            .isNotNull();
      }
    }

    assertThat(allocatedBytes() - before).isLessThan(300L << 20);
  }

  private static long allocatedBytes() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  private static Arguments refusal(
      String name, ModelFileError error, byte[] bytes, String what, String where) {
    return refusal(name, error, () -> ModelFileReader.read(bytes, "f"), what, where);
  }

  private static Arguments refusal(
      String name, ModelFileError error, Attempt attempt, String what, String where) {
    return arguments(name, error, attempt, what, where);
  }

  private static void read(byte[] bytes, ModelFileLimits limits) throws ModelFileException {
    ModelFileReader.read(new ByteArrayInputStream(bytes), bytes.length, "f", limits);
  }

  /** A config whose last members are the given ones; it describes the smallest model. */
  private static String config(String... members) {
    String more = String.join(",", members);
    String sizes = more.contains("hidden_size") ? "" : sizes();
    return "{\"format_version\":1,\"model_id\":\"m\",\"task\":\"next-token\",\"cell\":\"rnn_tanh\","
        + "\"bias\":false,"
        + sizes
        + more
        + "}";
  }

  private static String sizes() {
    return "\"vocabulary\":[\"a\"],\"embedding_size\":1,\"hidden_size\":1,";
  }

  private static TestingSafetensors smallest() {
    return smallest(1);
  }

  private static TestingSafetensors smallest(float headBias) {
    return matrices(new TestingSafetensors().config(CONFIG))
        .tensor("head.bias", new int[] {1}, headBias);
  }

  private static byte[] withConfig(String config) {
    return weights(new TestingSafetensors().config(config)).bytes();
  }

  private static TestingSafetensors weights(TestingSafetensors file) {
    return matrices(file).tensor("head.bias", new int[] {1}, 1);
  }

  private static TestingSafetensors matrices(TestingSafetensors file) {
    int[] one = {1, 1};
    return file.tensor("embedding.weight", one, 1)
        .tensor("rnn.weight_ih_l0", one, 1)
        .tensor("rnn.weight_hh_l0", one, 1)
        .tensor("head.weight", one, 1);
  }

  private static byte[] selfTest(int[] tokensShape, int[] logitsShape, float... tokens) {
    return smallest()
        .tensor("selftest.tokens", tokensShape, tokens)
        .tensor(
            "selftest.logits",
            logitsShape,
            new float[Arrays.stream(logitsShape).reduce(1, (a, b) -> a * b)])
        .bytes();
  }

  /** Two tensors {@code t} and {@code u} of two floats each at the given offsets. */
  private static byte[] two(String first, String second, int dataBytes) {
    String entry = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":%s}";
    return TestingSafetensors.of(
        "{\"t\":%s,\"u\":%s}".formatted(entry.formatted(first), entry.formatted(second)),
        dataBytes);
  }

  /** A stream whose source fails. */
  private static final class BrokenStream extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("connection reset");
    }
  }
}
