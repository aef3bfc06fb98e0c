package dev.carryover.deploy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPositionTest {

  @Test
  void thereAreFourKinds() {
    assertThat(TopicPosition.parse("from", "earliest").kind())
        .isEqualTo(TopicPosition.Kind.EARLIEST);
    assertThat(TopicPosition.parse("from", "latest").kind()).isEqualTo(TopicPosition.Kind.LATEST);
    assertThat(TopicPosition.parse("from", "2008-11-09T20:35:00Z").time())
        .isEqualTo(Instant.parse("2008-11-09T20:35:00Z"));
    assertThat(TopicPosition.parse("from", "0@12, events-1@900").offsets())
        .isEqualTo(Map.of("0", 12L, "events-1", 900L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "now", "2008-11-09", "0@", "0@1,", "0@1,0@2", "@3", "0@-1"})
  void allElseIsRefusedWithWhatIsAllowed(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TopicPosition.parse("data.from", text))
        .withMessageContainingAll("data.from is '" + text + "'", "earliest", "PARTITION@OFFSET");
  }
}
