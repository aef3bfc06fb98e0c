package dev.carryover.tests.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.schemas.Inference;
import dev.carryover.schemas.RecordCodec;
import dev.carryover.schemas.RecordDecodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Compares what a job wrote with what a plain loop says, byte for byte and key by key. */
public final class BitwiseInferences {
  private BitwiseInferences() {}

  /**
   * Requires that the records of every key are the encoded inferences of the key, in their order,
   * each once and nothing besides.
   *
   * @param run what failure messages call the run
   */
  public static void assertEqual(
      String run,
      List<ConsumerRecord<byte[], byte[]>> records,
      Map<String, List<Inference>> expected) {
    RecordCodec<Inference> codec = RecordCodec.of(Inference.class);
    Map<String, List<byte[]>> actual = byKey(records);
    assertThat(actual.keySet()).as("%s: keys", run).isEqualTo(expected.keySet());
    expected.forEach(
        (key, inferences) -> {
          List<byte[]> values = actual.get(key);
          for (int i = 0; i < Math.min(values.size(), inferences.size()); i++) {
            assertThat(Arrays.equals(values.get(i), codec.encode(inferences.get(i))))
                .as(
                    "%s: inference %d of %s%n  expected %s%n  was      %s",
                    run, i, key, inferences.get(i), decode(codec, values.get(i)))
                .isTrue();
          }
          assertThat(values).as("%s: inferences of %s", run, key).hasSameSizeAs(inferences);
        });
  }

  private static Map<String, List<byte[]>> byKey(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream()
        .collect(
            Collectors.groupingBy(
                record -> new String(record.key(), StandardCharsets.UTF_8),
                LinkedHashMap::new,
                Collectors.mapping(
                    ConsumerRecord::value, Collectors.toCollection(ArrayList::new))));
  }

  private static Object decode(RecordCodec<Inference> codec, byte[] value) {
    try {
      return codec.decode(value);
    } catch (RecordDecodingException e) {
      return e;
    }
  }
}
