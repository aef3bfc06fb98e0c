package dev.carryover.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.carryover.model.spec.ModelConfig;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever becomes of the bytes of a file, it is read or refused; nothing else happens. */
class ModelFileFuzzTest {
  private static final int ROUNDS = 20_000;

  @Test
  void mutatedFileIsReadOrRefused() {
    List<byte[]> files =
        TestingModels.everyKind().stream()
            .map(config -> ModelFileWriter.toBytes(TestingModels.random(config, 1)))
            .toList();
    Set<ModelFileError> seen = EnumSet.noneOf(ModelFileError.class);
    for (long seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] mutated = mutate(files.get(random.nextInt(files.size())), random);
      try {
        ModelFile read = ModelFileReader.read(mutated, "fuzz");
        assertThat(ModelFileReader.read(ModelFileWriter.toBytes(read), "again").config())
            .as("seed=%d", seed)
            .isEqualTo(read.config());
      } catch (ModelFileException e) {
        seen.add(e.error());
      } catch (RuntimeException | Error e) {
        fail("seed=%d: neither read nor refused".formatted(seed), e);
      }
    }
    assertThat(seen).as("the mutations reach all parts of a file").hasSizeGreaterThan(15);
  }

  @Test
  void mutatedConfigIsReadOrRefused() {
    List<ModelConfig> configs = TestingModels.everyKind();
    for (long seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      String json = ModelConfigWriter.toJson(configs.get(random.nextInt(configs.size())));
      StringBuilder mutated = new StringBuilder(json);
      for (int i = random.nextInt(3); i >= 0; i--) {
        int at = random.nextInt(mutated.length());
        mutated.replace(at, at + random.nextInt(3), randomText(random));
      }
      try {
        ModelConfigReader.read(mutated.toString(), "fuzz");
      } catch (ModelFileException e) {
        assertThat(e.what()).as("seed=%d", seed).isNotBlank();
      } catch (RuntimeException | Error e) {
        fail("seed=%d: neither read nor refused: %s".formatted(seed, mutated), e);
      }
    }
  }

  private static String randomText(Random random) {
    String alphabet = "{}[]\",:0123456789-.eE\\unulltruefals \u0000é\ud83d";
    return random.nextInt(4) == 0
        ? ""
        : String.valueOf(alphabet.charAt(random.nextInt(alphabet.length())));
  }

  /** One to four changes, most of them where the structure is: in the header. */
  private static byte[] mutate(byte[] file, Random random) {
    byte[] mutated = file.clone();
    int header = (file[0] & 0xff) | (file[1] & 0xff) << 8;
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at =
          switch (random.nextInt(8)) {
            case 0 -> random.nextInt(Long.BYTES);
            case 1 -> random.nextInt(file.length);
            default -> Long.BYTES + random.nextInt(header);
          };
      if (at >= mutated.length) {
        continue;
      }
      switch (random.nextInt(6)) {
        case 0 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> mutated[at] = (byte) random.nextInt(256);
        case 2 -> mutated[at] = (byte) ('0' + random.nextInt(10));
        case 3 -> mutated[at] = (byte) "{}[]\",:-.e\\ ".charAt(random.nextInt(12));
        case 4 -> mutated = Arrays.copyOf(mutated, at);
        default -> {
          int from = random.nextInt(mutated.length);
          int length = Math.min(random.nextInt(32), mutated.length - Math.max(from, at));
          System.arraycopy(mutated, from, mutated, at, length);
        }
      }
    }
    return mutated;
  }
}
