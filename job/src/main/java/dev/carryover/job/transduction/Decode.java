package dev.carryover.job.transduction;

import dev.carryover.job.events.RejectReason;
import dev.carryover.job.serving.ServedModel;
import dev.carryover.runtime.seq2seq.Decoding;
import dev.carryover.runtime.seq2seq.Hypothesis;
import java.util.List;

/** One sequence on its way to its answer. Fields are {@link Decodes}' to read and write. */
final class Decode {
  final String key;

  /** Rises from sequence to sequence of a key. */
  final long ordinal;

  /** The revision that its sequence ended on, or that took it over since that was gone. */
  long revision;

  /** What is decoded; null while only keyed state holds it. */
  PendingDecode pending;

  /** Whether keyed state holds it, in this or an earlier progress. */
  boolean stored;

  /** Who decodes it, once that is known. */
  ServedModel served;

  /** Its search, while that runs and after it. */
  Decoding decoding;

  /** What its attention looks at in every step, or 0 where it has none. */
  int sourceSteps;

  /** Whether it is known what comes out. */
  boolean settled;

  /** The best answers; null where there is none. */
  List<Hypothesis> answers;

  /** Why there is no answer. */
  RejectReason failure;

  String failureDetail;

  Decode(String key, long ordinal, long revision) {
    this.key = key;
    this.ordinal = ordinal;
    this.revision = revision;
  }

  void settle(List<Hypothesis> nBest) {
    settled = true;
    answers = nBest;
  }

  void fail(RejectReason reason, String detail) {
    settled = true;
    failure = reason;
    failureDetail = detail;
  }
}
