package dev.carryover.job.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carryover.job.events.StreamEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroBatchTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 16, 17, 255, 256, 1000})
  void entriesAreGroupedByKeyInTheOrderOfTheirArrival(int capacity) {
    long seed = capacity;
    Random random = new Random(seed);
    MicroBatch batch = new MicroBatch(capacity);
    for (int round = 0; round < 20; round++) {
      Map<String, List<Object>> expected = new LinkedHashMap<>();
      int keys = 1 + random.nextInt(2 * capacity);
      while (!batch.isFull()) {
        String key = "k" + random.nextInt(keys);
        List<Object> entries = expected.computeIfAbsent(key, k -> new ArrayList<>());
        if (random.nextInt(4) == 0) {
          long deadline = random.nextLong();
          batch.addDeadline(key, deadline);
          entries.add(deadline);
        } else {
          StreamEvent event = StreamEvent.builder().key(key).build();
          batch.add(event);
          entries.add(event);
        }
      }
      assertThat(contents(batch)).as("seed=%d", seed).isEqualTo(expected);
      assertThat(batch.size()).isEqualTo(capacity);
      batch.clear();
      assertThat(batch.isEmpty()).isTrue();
      assertThat(batch.laneCount()).isZero();
    }
  }

  private static Map<String, List<Object>> contents(MicroBatch batch) {
    Map<String, List<Object>> contents = new LinkedHashMap<>();
    for (int index = 0; index < batch.laneCount(); index++) {
      Lane lane = batch.laneAt(index);
      List<Object> entries = new ArrayList<>();
      while (lane.head != Lane.END) {
        StreamEvent event = batch.event(lane.head);
        entries.add(event == null ? (Object) batch.deadline(lane.head) : event);
        batch.poll(lane);
      }
      contents.put(lane.key, entries);
    }
    return contents;
  }
}
