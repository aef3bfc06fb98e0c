package dev.carryover.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.operator.TestingModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.runtime.kryo.KryoSerializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopologyTest {
  @TempDir Path folder;

  private String model;

  @BeforeEach
  void writeModel() {
    model = TestingModels.NEXT_TOKEN.in(folder).uri();
  }

  private static StreamGraph graph(JobConfiguration configuration) throws Exception {
    return CarryoverJob.build(configuration).getStreamGraph();
  }

  /** A savepoint is found by these names: one that is missing or changed loses its state. */
  @Test
  void theNamesOfStatefulOperatorsArePinned() throws Exception {
    assertThat(Uids.ALL)
        .containsExactly(
            "events",
            "rejections",
            "announcements",
            "no-announcements",
            "control-topic",
            "announcement-decoder",
            "recurrent",
            "inferences",
            "alerts",
            "source-dead-letter-parts",
            "dead-letter-parts",
            "dead-letters",
            "late-parts",
            "late",
            "model-statuses");
    assertThat(uids(graph(TestingConfigurations.full(model)))).isEqualTo(new TreeSet<>(Uids.ALL));
  }

  /** Sinks are several operators, named after the sink. */
  private static Set<String> uids(StreamGraph graph) {
    Set<String> uids = new TreeSet<>();
    for (StreamNode node : graph.getStreamNodes()) {
      String uid = Objects.requireNonNull(node.getTransformationUID(), node.getOperatorName());
      uids.add(uid.replaceFirst("^Sink .*: ", ""));
    }
    return uids;
  }

  @Test
  void outputsThatAreNotConfiguredAreNotBuilt() throws Exception {
    assertThat(uids(graph(TestingConfigurations.minimal(model))))
        .doesNotContain(
            Uids.ALERTS,
            Uids.LATE,
            Uids.LATE_PARTS,
            Uids.CONTROL_TOPIC,
            Uids.ANNOUNCEMENT_DECODER,
            Uids.MODEL_STATUSES)
        .contains(Uids.INFERENCES, Uids.DEAD_LETTERS);
  }

  @ParameterizedTest
  @CsvSource({
    "heap,exactly-once",
    "heap,at-least-once",
    "rocksdb,exactly-once",
    "rocksdb,at-least-once"
  })
  void everyVariantOfTheJobIsBuiltWithoutKryo(String backend, String guarantee) throws Exception {
    StreamGraph graph =
        graph(
            TestingConfigurations.full(
                model, "state.backend", backend, "delivery.guarantee", guarantee));
    for (StreamNode node : graph.getStreamNodes()) {
      for (TypeSerializer<?> serializer : serializers(node)) {
        assertThat(serializer).as(node.getOperatorName()).isNotInstanceOf(KryoSerializer.class);
      }
    }
    assertThat(graph.getJobGraph().getNumberOfVertices()).isPositive();
  }

  private static List<TypeSerializer<?>> serializers(StreamNode node) {
    List<TypeSerializer<?>> serializers = new ArrayList<>();
    serializers.addAll(List.of(node.getTypeSerializersIn()));
    serializers.add(node.getTypeSerializerOut());
    serializers.add(node.getStateKeySerializer());
    serializers.removeIf(Objects::isNull);
    return serializers;
  }

  @Test
  void theControlInputIsOneSubtaskWhateverTheParallelism() throws Exception {
    Set<String> control =
        Set.of(
            Uids.ANNOUNCEMENTS,
            Uids.NO_ANNOUNCEMENTS,
            Uids.CONTROL_TOPIC,
            Uids.ANNOUNCEMENT_DECODER);
    StreamExecutionEnvironment environment =
        CarryoverJob.build(TestingConfigurations.full(model, "parallelism", "3"));
    for (StreamNode node : environment.getStreamGraph().getStreamNodes()) {
      assertThat(node.getParallelism())
          .as(node.getOperatorName())
          .isEqualTo(control.contains(node.getTransformationUID()) ? 1 : 3);
    }
  }

  /** A savepoint is restored whole or not at all: what it has state of must be in the job. */
  @Test
  void aJobWithAControlTopicHasEveryOperatorOfOneWithout() throws Exception {
    Set<String> with =
        uids(
            graph(
                TestingConfigurations.minimal(
                    model, "models.topic", "models", "models.status-topic", "status")));
    assertThat(with)
        .containsAll(uids(graph(TestingConfigurations.minimal(model))))
        .contains(Uids.CONTROL_TOPIC, Uids.ANNOUNCEMENT_DECODER, Uids.MODEL_STATUSES);
  }

  @Test
  void aPublicKeyThatCannotBeUsedIsRefusedBeforeAnythingStarts() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> graph(TestingConfigurations.full(model, "models.public-key", "/none.pem")))
        .withMessage(
            "models.public-key: there is no file /none.pem; make a pair with 'carryover keygen' and"
                + " give its public file");
  }
}
