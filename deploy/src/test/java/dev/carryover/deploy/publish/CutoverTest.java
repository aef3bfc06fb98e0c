package dev.carryover.deploy.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.carryover.schemas.StatePolicy;
import org.junit.jupiter.api.Test;

class CutoverTest {

  @Test
  void replayHasALengthAndNothingElseHas() {
    assertThat(new Cutover(null, StatePolicy.REPLAY, 1).replayLength()).isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cutover(null, StatePolicy.REPLAY, null))
        .withMessageStartingWith("--state-policy is replay and --replay-length is absent");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cutover(null, StatePolicy.REPLAY, 0))
        .withMessage("--replay-length is 0; allowed is a number of at least 1");
    for (StatePolicy policy : new StatePolicy[] {StatePolicy.CARRY, StatePolicy.DRAIN, null}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Cutover(null, policy, 3))
          .withMessageStartingWith("--replay-length is 3 and --state-policy is not replay");
    }
  }

  @Test
  void aPolicyWithoutAWordIsNotAnnounced() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cutover(0L, StatePolicy.UNKNOWN, null))
        .withMessageStartingWith("--state-policy is unknown");
  }
}
