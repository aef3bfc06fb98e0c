package dev.carryover.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlinkRunLineTest {

  @TempDir private Path checkout;

  @Test
  void namesTheJobJarAndTheConfigurationInFull() throws IOException {
    Path target = Files.createDirectories(checkout.resolve("job/target"));
    Files.createFile(target.resolve("carryover-job-1.0.jar"));
    Path jar = Files.createFile(target.resolve("carryover-job-1.0-flink.jar"));
    assertThat(FlinkRunLine.of(checkout.toString(), Path.of("/etc/my job.yaml")))
        .isEqualTo("flink run --detached " + jar + " --config '/etc/my job.yaml'");
  }

  @Test
  void aJarThatIsNotBuiltIsAnError() {
    assertThatThrownBy(() -> FlinkRunLine.of(checkout.toString(), Path.of("/etc/job.yaml")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("carryover-job-*-flink.jar");
  }
}
