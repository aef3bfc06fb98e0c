package dev.carryover.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.operator.TestingModels;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded cluster, beside a Kafka that is not there. */
class EmbeddedFlinkITCase {
  @TempDir Path folder;

  private static String get(URI address, String path) throws IOException {
    try (InputStream in = address.resolve(path).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aJobWithoutAParallelismOfItsOwnHasAllTheSlotsItNeedsUntilItIsClosed() throws Exception {
    String model = TestingModels.NEXT_TOKEN.in(folder).uri();
    int parallelism =
        CarryoverJob.build(TestingConfigurations.minimal(model))
            .getStreamGraph()
            .getJobGraph()
            .getMaximumParallelism();
    URI address;
    try (EmbeddedFlink flink =
        EmbeddedFlink.start(
            TestingConfigurations.minimal(model, "delivery.guarantee", "at-least-once"))) {
      address = flink.webAddress();
      assertThat(address.getHost()).isEqualTo("127.0.0.1");
      assertThat(get(address, "/taskmanagers")).contains("\"slotsNumber\":" + parallelism);
      assertThat(get(address, "/jobs")).contains(flink.jobId());
      assertThat(flink.ended()).isFalse();
      flink.cancel();
      assertThat(flink.ended()).isTrue();
    }
    assertThatIOException().isThrownBy(() -> get(address, "/jobs"));
  }

  @Test
  void nothingIsStartedForAModelThatCannotBeUsed() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () ->
                EmbeddedFlink.start(
                    TestingConfigurations.minimal(folder.resolve("none").toUri().toString())))
        .withMessageStartingWith("model.path: ");
  }
}
