package dev.carryover.tests.bench.swap;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import dev.carryover.tests.bench.operator.OperatorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a swap between two models costs the events of a job under steady load: the latency from an
 * event's due departure to its inference, in the second before the announcement and in the second
 * after it, in which the file is fetched, checked, packed and taken into use. Every event must have
 * exactly one inference.
 */
final class SwapBenchmark {
  private static final long SEED = 20261120;
  private static final int VOCABULARY = 36;
  private static final int REPLAY_LENGTH = 16;
  static final long AT_ONCE = -1;

  private SwapBenchmark() {}

  /** Runs one swap; the record is checked. */
  static SwapRecord swap(
      Path folder,
      int hiddenSize,
      SwapLoad load,
      StatePolicy policy,
      long effectiveFromMs,
      int second)
      throws Exception {
    Path first = folder.resolve("first.safetensors");
    String sha256 = ModelFileWriter.write(OperatorModel.of(hiddenSize, VOCABULARY, SEED), first);
    SwapPipeline pipeline =
        new SwapPipeline(
            new ModelReference(first.toUri().toString(), sha256, 1, KernelChoice.AUTO),
            OperatorModel.defaultSettings(first),
            new ModelSettings(
                true,
                List.of(folder.toUri().toString()),
                null,
                Files.size(first) * 2,
                10_000,
                4,
                REPLAY_LENGTH,
                false,
                false));
    SwapRecord record =
        pipeline.run(load, announcement(folder, hiddenSize, policy, effectiveFromMs), second);
    record.require();
    return record;
  }

  private static ModelAnnouncement announcement(
      Path folder, int hiddenSize, StatePolicy policy, long effectiveFromMs) throws IOException {
    Path second = folder.resolve("second.safetensors");
    String sha256 =
        ModelFileWriter.write(OperatorModel.of(hiddenSize, VOCABULARY, SEED + 1), second);
    return ModelAnnouncement.newBuilder()
        .setModelId("bench")
        .setRevision(2)
        .setUri(second.toUri().toString())
        .setSha256(sha256)
        .setSizeBytes(Files.size(second))
        .setEffectiveFromMs(effectiveFromMs == AT_ONCE ? null : effectiveFromMs)
        .setStatePolicy(policy)
        .setReplayLength(policy == StatePolicy.REPLAY ? REPLAY_LENGTH : null)
        .build();
  }

  static SwapLoad load(int keys, int eventsPerSecond, int seconds) {
    ModelFile model = OperatorModel.of(8, VOCABULARY, SEED);
    return new SwapLoad(keys, OperatorModel.eventTokens(model), eventsPerSecond, seconds, SEED);
  }
}
