package dev.carryover.deploy.words;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The models of the demo. Both have one id, so that one can take over from the other. */
public enum WordModel {
  /** Small, without attention: revision 1. */
  PLAIN("pronunciation-plain.train.yaml"),

  /** Larger, with attention: revision 2. */
  ATTENTION("pronunciation.train.yaml");

  private static final String FILE = "model.safetensors";

  private final String recipe;

  WordModel(String recipe) {
    this.recipe = recipe;
  }

  /** The file name of the recipe by which it is trained. */
  public String recipe() {
    return recipe;
  }

  /** What its folder and its file are called. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Where training into a folder leaves what belongs to this model. */
  public Path run(Path folder) {
    return folder.resolve(toString());
  }

  /** Where training into a folder leaves the model file. */
  public Path file(Path folder) {
    return run(folder).resolve(FILE);
  }

  /**
   * Puts the model file into a folder.
   *
   * @param trained the folder that models were trained into; empty for the model that is part of
   *     this program
   * @return the file
   * @throws IOException if there is no such model, or it cannot be copied
   */
  public Path copy(Optional<Path> trained, Path folder) throws IOException {
    Path copy = folder.resolve(this + ".safetensors");
    if (trained.isPresent()) {
      return Files.copy(file(trained.get()), copy);
    }
    try (InputStream in = WordModel.class.getResourceAsStream(this + ".safetensors")) {
      if (in == null) {
        throw new IOException(
            "the model '%s' is not part of this build; train it with deploy/carryover demo models, and give its folder with --models"
                .formatted(this));
      }
      Files.copy(in, copy);
      return copy;
    }
  }
}
