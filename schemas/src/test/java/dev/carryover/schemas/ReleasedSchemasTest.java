package dev.carryover.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What was released stays as it was, and what is written now fits it. */
class ReleasedSchemasTest {

  private static final List<Class<? extends SpecificRecord>> RECORDS =
      List.of(
          DeadLetter.class,
          Event.class,
          Inference.class,
          ModelAnnouncement.class,
          ModelStatus.class);

  @ParameterizedTest
  @MethodSource("releasedSamples")
  void everyReleasedSampleIsStillRead(Path file) throws IOException {
    SpecificRecord expected = Samples.all().get(baseName(file));
    assertThat(expected).as("sample of %s", file).isNotNull();

    SpecificRecord read = Samples.codecFor(expected).decode(Files.readAllBytes(file));

    assertThat(read).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("releasedSamples")
  void aRecordWhoseSchemaIsUnchangedIsWrittenAsItWasReleased(Path file) throws IOException {
    SpecificRecord sample = Samples.all().get(baseName(file));
    Schema released = parse(file.resolveSibling(sample.getSchema().getName() + ".avsc"));

    if (fingerprint(released) == fingerprint(sample.getSchema())) {
      assertThat(Samples.encode(sample)).isEqualTo(Files.readAllBytes(file));
    }
  }

  @Test
  void everyReleaseHasASampleOfEverySchema() throws IOException {
    for (Path schema : frozen(".avsc").toList()) {
      assertThat(frozen(".bin"))
          .as("samples of %s", schema)
          .anyMatch(
              sample ->
                  sample.getParent().equals(schema.getParent())
                      && baseName(sample).split("-")[0].equals(baseName(schema)));
    }
  }

  @Test
  void theShippedSchemasAreTheFrozenOnesByteForByte() throws IOException {
    assertThat(SchemaArchive.RELEASED)
        .containsExactlyElementsOf(
            frozen(".avsc").map(file -> folder().relativize(file).toString()).toList());
    for (String path : SchemaArchive.RELEASED) {
      try (InputStream shipped = SchemaArchive.class.getResourceAsStream("released/" + path)) {
        assertThat(shipped).as(path).hasBinaryContent(Files.readAllBytes(folder().resolve(path)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("newestReleases")
  void aChangedSchemaReadsTheNewestReleaseAndIsReadByIt(
      Class<? extends SpecificRecord> type, Path file) throws IOException {
    Schema current = RecordCodec.of(type).schema();
    Schema released = parse(file);

    assertCompatible(current, released, "the current " + type.getSimpleName() + " reads " + file);
    assertCompatible(released, current, file + " reads the current " + type.getSimpleName());
  }

  @Test
  void theArchiveHoldsEveryReleasedSchema() throws IOException {
    for (Path file : frozen(".avsc").toList()) {
      Schema released = parse(file);
      assertThat(SchemaArchive.released().findByFingerprint(fingerprint(released)))
          .as(file.toString())
          .isEqualTo(released);
    }
  }

  @Test
  void everyRecordEnumAndFieldIsDocumented() {
    List<String> undocumented = new ArrayList<>();
    for (Class<? extends SpecificRecord> type : RECORDS) {
      collectUndocumented(RecordCodec.of(type).schema(), undocumented);
    }
    assertThat(undocumented).isEmpty();
  }

  private static void assertCompatible(Schema reader, Schema writer, String guarantee) {
    var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    assertThat(compatibility.getType())
        .as("%s: %s", guarantee, compatibility.getResult().getIncompatibilities())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  private static void collectUndocumented(Schema schema, List<String> undocumented) {
    switch (schema.getType()) {
      case RECORD -> {
        if (schema.getDoc() == null || schema.getDoc().isBlank()) {
          undocumented.add(schema.getName());
        }
        for (Schema.Field field : schema.getFields()) {
          if (field.doc() == null || field.doc().isBlank()) {
            undocumented.add(schema.getName() + "." + field.name());
          }
          collectUndocumented(field.schema(), undocumented);
        }
      }
      case ENUM -> {
        for (String symbol : schema.getEnumSymbols()) {
          if (schema.getDoc() == null || !schema.getDoc().contains(symbol + ":")) {
            undocumented.add(schema.getName() + "." + symbol);
          }
        }
      }
      case ARRAY -> collectUndocumented(schema.getElementType(), undocumented);
      case UNION -> schema.getTypes().forEach(branch -> collectUndocumented(branch, undocumented));
      default -> {}
    }
  }

  static Stream<Path> releasedSamples() throws IOException {
    return frozen(".bin");
  }

  static Stream<Arguments> newestReleases() throws IOException {
    Path newest;
    try (Stream<Path> releases = Files.list(folder())) {
      newest = releases.max(ReleasedSchemasTest::byReleaseNumber).orElseThrow();
    }
    return RECORDS.stream()
        .map(type -> arguments(type, newest.resolve(type.getSimpleName() + ".avsc")));
  }

  private static int byReleaseNumber(Path a, Path b) {
    return Integer.compare(releaseNumber(a), releaseNumber(b));
  }

  private static int releaseNumber(Path release) {
    return Integer.parseInt(release.getFileName().toString().substring(1));
  }

  private static Stream<Path> frozen(String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(folder())) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList().stream();
    }
  }

  private static Path folder() {
    URL url = ReleasedSchemasTest.class.getResource("/released");
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(url.toString(), e);
    }
  }

  private static String baseName(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  private static Schema parse(Path file) throws IOException {
    return new Schema.Parser().parse(Files.readString(file));
  }

  private static long fingerprint(Schema schema) {
    return SchemaNormalization.parsingFingerprint64(schema);
  }
}
