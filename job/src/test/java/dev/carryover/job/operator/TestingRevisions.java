package dev.carryover.job.operator;

import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.model.file.ModelFile;
import dev.carryover.model.spec.ModelConfig;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Further revisions of a testing model in a folder, and their announcements. */
final class TestingRevisions {
  private final TestingModels kind;
  private final Path folder;

  TestingRevisions(TestingModels kind, Path folder) {
    this.kind = kind;
    this.folder = folder;
  }

  /** Settings of a job that takes announcements from the folder. */
  ModelSettings settings(int replayLength) {
    return settings(replayLength, 4, false);
  }

  ModelSettings settings(int replayLength, int maximumResident, boolean resetMissing) {
    return settings(replayLength, maximumResident, resetMissing, folder.toUri().toString());
  }

  ModelSettings settings(
      int replayLength, int maximumResident, boolean resetMissing, String further) {
    return new ModelSettings(
        true,
        List.of(folder.toUri().toString(), further),
        null,
        1 << 20,
        30_000,
        maximumResident,
        replayLength,
        resetMissing,
        false);
  }

  /** The model with other weights for each revision, and a hidden size of its own. */
  ModelFile file(long revision, int hiddenSize) {
    ModelConfig config = kind.config().hiddenSize(hiddenSize).build();
    return TestingModels.random(config, 1000 + revision);
  }

  /** Writes a file, and announces it as a revision. */
  ModelAnnouncement announce(
      long revision, ModelFile file, Long fromMs, StatePolicy policy, Integer replayLength) {
    try {
      Path path = folder.resolve("r" + revision + ".safetensors");
      ModelReference written = TestingModels.write(file, path);
      return ModelAnnouncement.newBuilder()
          .setModelId("testing")
          .setRevision(revision)
          .setUri(written.uri())
          .setSha256(written.sha256())
          .setSizeBytes(Files.size(path))
          .setEffectiveFromMs(fromMs)
          .setStatePolicy(policy)
          .setReplayLength(replayLength)
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Announces other weights of the usual size. */
  ModelAnnouncement announce(long revision, Long fromMs, StatePolicy policy) {
    return announce(revision, file(revision, 8), fromMs, policy, null);
  }

  /** Where the file of an announcement lies. */
  static Path path(ModelAnnouncement announcement) {
    return Path.of(URI.create(announcement.getUri()));
  }
}
