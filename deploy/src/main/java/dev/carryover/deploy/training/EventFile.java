package dev.carryover.deploy.training;

import dev.carryover.schemas.Event;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.training.input.DataException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * An Avro container file of {@link Event} records, of any released version of the schema: what a
 * topic of events is archived as.
 */
final class EventFile {

  private final Path path;

  EventFile(Path path) {
    this.path = path;
  }

  /**
   * Hands over all events in their order, each as the record that it was in its topic.
   *
   * @throws IOException when the file is absent, no container of events, or ends within a block
   */
  void read(EventIntake intake) throws IOException {
    RecordCodec<Event> codec = RecordCodec.of(Event.class);
    String name = path.getFileName().toString();
    long record = 0;
    try (InputStream file = new BufferedInputStream(Files.newInputStream(path));
        DataFileStream<Event> events =
            new DataFileStream<>(file, new SpecificDatumReader<>(Event.getClassSchema()))) {
      Event event = null;
      while (events.hasNext()) {
        event = events.next(event);
        intake.take(new ConsumerRecord<>(name, 0, record, null, codec.encode(event)));
        record++;
      }
    } catch (NoSuchFileException | DataException e) {
      throw e;
    } catch (AvroRuntimeException | IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new DataException(
          "this is no Avro container file of dev.carryover.schemas.Event (%s)"
              .formatted(cause.getMessage()),
          path + ", record " + (record + 1),
          "give a whole file of events, or say its format",
          e);
    }
  }
}
