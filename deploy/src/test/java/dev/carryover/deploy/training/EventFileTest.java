package dev.carryover.deploy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.schemas.Event;
import dev.carryover.training.data.TrainingData;
import dev.carryover.training.data.TrainingSequence;
import dev.carryover.training.input.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events from Avro container files. */
class EventFileTest {

  private static final DataPlan PLAN =
      DataPlan.parse("format: avro\nvalidation-fraction: 0\n", "test");

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();

  @Test
  void eventsOfAFileBecomeTheSequencesOfTheirKeys() throws IOException, ConfigurationException {
    TrainingData data = read(file(TestingEvents.events()));
    assertThat(tokens(data)).isEqualTo(Map.of("x", "a b c", "y", "a c"));
    assertThat(data.digest()).hasSize(64);
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("1 of 7 records left out (MISSING_KEY 1)", "events.avro-0@2");
  }

  @Test
  void theDigestIsThatOfTheEvents() throws IOException, ConfigurationException {
    List<Event> events = TestingEvents.events();
    String digest = read(file(events)).digest();
    assertThat(read(file(events)).digest()).isEqualTo(digest);
    events.get(0).setTimestampMs(999);
    assertThat(read(file(events)).digest()).isNotEqualTo(digest);
  }

  @Test
  void whatIsNoFileOfEventsIsSaidInOneLine() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.avro"), "no events");
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(text + ", record 1")
        .hasMessageContaining("Not an Avro data file");

    Path whole = file(TestingEvents.events());
    byte[] bytes = Files.readAllBytes(whole);
    Path part = Files.write(folder.resolve("part.avro"), Arrays.copyOf(bytes, bytes.length - 20));
    assertThatThrownBy(() -> read(part))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(part.toString());

    assertThatThrownBy(() -> read(file(List.of())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("there are 0 records, and none is an event");
  }

  @Test
  void eventsCarryNoTargets() {
    DataPlan plan = DataPlan.parse("format: avro\ntask: classify\ntarget-column: true\n", "test");
    assertThatThrownBy(() -> DataSource.of(plan, folder, List.of(folder), warnings::add))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("data.task is classify and data.format avro");
  }

  private TrainingData read(Path file) throws IOException, ConfigurationException {
    return DataSource.of(PLAN, folder, List.of(file), warnings::add).trainingData();
  }

  private Path file(List<Event> events) throws IOException {
    Path file = folder.resolve("events.avro");
    try (DataFileWriter<Event> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(Event.class))) {
      writer.setCodec(CodecFactory.deflateCodec(6));
      writer.create(Event.getClassSchema(), file.toFile());
      for (Event event : events) {
        writer.append(event);
      }
    }
    return file;
  }

  static Map<String, String> tokens(TrainingData data) {
    Map<String, String> tokens = new TreeMap<>();
    for (TrainingSequence sequence : data.training()) {
      List<String> texts =
          Arrays.stream(sequence.tokens()).mapToObj(data.vocabulary()::token).toList();
      tokens.merge(sequence.key(), String.join(" ", texts), (a, b) -> a + " | " + b);
    }
    return tokens;
  }
}
