package dev.carryover.deploy.cutover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carryover.deploy.demo.DemoSettings;
import dev.carryover.deploy.logs.LogSettings;
import dev.carryover.deploy.logs.TestingData;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.StatePolicy;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The second part as a whole, on the whole stream. The second revision is trained badly. */
class CutoverDemoITCase {

  private final StringWriter text = new StringWriter();

  @BeforeEach
  void needData() {
    assumeTrue(Files.isRegularFile(TestingData.STREAM), TestingData.ABSENT);
  }

  @Test
  void withDrainEveryEventIsServedOnceByTheRevisionThatItsBlockBeganOn() throws Exception {
    List<String> commands = new ArrayList<>();
    boolean passed =
        demo("heap", 2, Optional.empty(), Optional.empty(), StatePolicy.DRAIN)
            .run(commands::addAll);
    assertThat(passed).as("%s", text).isTrue();
    assertThat(text.toString())
        .contains("with the events of 2008-11-10T15:53:45Z, 19.3 of the stream's 38.6 hours")
        .contains("the first that is announced: the job begins at revision 1")
        .contains("drain: running sequences end on the revision they began with")
        .contains("revision 2 is loaded on 2 of 2 at ")
        .containsPattern(
            "1 +2008-11-09T20:35:30Z +47,555 +2,081 +active on 2 of 2 .*, superseded on 2")
        .containsPattern("2 +2008-11-10T15:53:45Z +63,794 +3,700 +loaded on 2 of 2 .*, active on 2")
        .containsPattern("before, by revision 1 +19\\.3 +39,867 ")
        .containsPattern("after, by revision 1 +19\\.3 +7,688 ")
        .contains(
            "111,349 events and 5,781 ends of sequences, 111,349 + 5,781 inferences: 0 doubled, 0 missing")
        .contains("0 inferences by another revision than the announcement says")
        .contains("2,081 sequences ran at the cutover: 0 went from one revision to the other")
        .endsWith("PASS\n");
    assertThat(commands).hasSize(2).allMatch(command -> command.contains("carryover publish"));
  }

  @Test
  void withCarryEveryEventIsServedOnceByTheRevisionOfItsTime() throws Exception {
    boolean passed =
        demo("rocksdb", 1, Optional.of(Duration.ofHours(6)), Optional.of(25.5), StatePolicy.CARRY)
            .run(commands -> {});
    assertThat(passed).as("%s", text).isTrue();
    assertThat(text.toString())
        .contains("25.5 of the stream's 38.6 hours; state policy carry")
        .contains("7,448 ends of sequences")
        .containsPattern("after, by revision 1 +13\\.1 +0 +0 ")
        .contains("0 inferences by another revision than the announcement says")
        .containsPattern("[1-9][\\d,]* sequences ran at the cutover: [1-9][\\d,]* went")
        .endsWith("PASS\n");
  }

  @Test
  void aCutoverThatIsTooEarlyToTrainBeforeItIsRefused() {
    assertThatThrownBy(() -> demo("heap", 1, Optional.empty(), Optional.of(0.5), StatePolicy.DRAIN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("only 0 sequences have ended when training is to begin")
        .hasMessageContaining("give a later --swap-at");
  }

  private CutoverDemo demo(
      String backend,
      int parallelism,
      Optional<Duration> gap,
      Optional<Double> swapAt,
      StatePolicy policy)
      throws Exception {
    LogSettings settings =
        new LogSettings(
            TestingData.FOLDER,
            new DemoSettings(parallelism, backend, 0, Duration.ofMillis(300), KernelChoice.AUTO),
            gap,
            1);
    return new CutoverDemo(settings, new CutoverSettings(swapAt, policy, 2), new PrintWriter(text));
  }
}
