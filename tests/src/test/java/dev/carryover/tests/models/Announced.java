package dev.carryover.tests.models;

import dev.carryover.model.file.ModelFile;
import dev.carryover.model.file.ModelFileWriter;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.StatePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Files in a folder, and announcements that say of them what is so. */
final class Announced {
  private static final String MODEL_ID = "testing-next-token";

  private final Path folder;

  Announced(Path folder) {
    this.folder = folder;
  }

  /** Where the file of a revision lies. */
  Path path(long revision) {
    return folder.resolve("r" + revision + ".safetensors");
  }

  /** Writes a model, and announces it as a revision that serves at once. */
  ModelAnnouncement write(long revision, ModelFile model, StatePolicy policy) throws IOException {
    return write(revision, ModelFileWriter.toBytes(model), policy);
  }

  /** Writes a file, and announces it as a revision that serves at once. */
  ModelAnnouncement write(long revision, byte[] file, StatePolicy policy) throws IOException {
    Path path = Files.write(path(revision), file);
    return ModelAnnouncement.newBuilder()
        .setModelId(MODEL_ID)
        .setRevision(revision)
        .setUri(path.toUri().toString())
        .setSha256(sha256(file))
        .setSizeBytes(file.length)
        .setStatePolicy(policy)
        .build();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
