package dev.carryover.deploy.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackerTest {

  private static final long SEED = 20_260_101;
  private static final String NAME = "carryover-cpu";
  private static final PackProgress SILENT =
      new PackProgress() {
        @Override
        public void step(String what) {}

        @Override
        public void written(long bytes, long total) {}
      };

  /** Stands for the Java of the pack: prints its arguments. */
  private static final String TESTING_JAVA =
      "#!/bin/sh\nfor argument in \"$@\"; do echo \"$argument\"; done\n";

  private static final String LONG_PATH = "jre/" + "legal/".repeat(20) + "a-license";

  @TempDir Path folder;

  private record Outcome(int exitCode, String out, String err) {}

  private Outcome script(Path parts, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", parts.resolve(NAME + ".sh").toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder process =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    process.environment().remove("CARRYOVER_HOME");
    int exitCode = process.start().waitFor();
    return new Outcome(exitCode, Files.readString(out), Files.readString(err));
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(SEED).nextBytes(bytes);
    return bytes;
  }

  private Path pack(byte[] payload) throws IOException {
    Path output = Files.createDirectories(folder.resolve("a pack"));
    Path file = Files.write(folder.resolve("payload"), payload);
    try (PackContent content = new PackContent()) {
      content.addText("jre/bin/java", TESTING_JAVA, true);
      content.addText(LONG_PATH, "as it was", false);
      content.addText("lib/classpath", "first.jar\nsecond.jar\n", false);
      content.addText("bin/carryover", Packer.script("run.sh", Map.of("PROFILE", "cpu")), true);
      content.addFile("lib/payload", file);
      Packer.Pack pack = new Packer(folder, output, SILENT).write(content, NAME, 1000);
      assertThat(pack.script()).isEqualTo(output.resolve(NAME + ".sh"));
      assertThat(pack.bytes()).isEqualTo(parts(output).stream().mapToLong(PackerTest::size).sum());
    }
    return output;
  }

  private static long size(Path file) {
    return file.toFile().length();
  }

  private static List<Path> parts(Path output) throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files.filter(file -> file.toString().contains(".part-")).sorted().toList();
    }
  }

  @Test
  void aStreamIsCutAtThePartSizeAndJoinsToItself() throws IOException {
    byte[] stream = noise(2500);
    Files.writeString(folder.resolve("x.part-0003"), "of an earlier stream");
    Files.writeString(folder.resolve("x.part-0004"), "of an earlier, longer stream");

    List<PartWriter.Part> parts;
    try (PartWriter writer = new PartWriter(folder, "x", 1000)) {
      writer.write(stream, 0, 1);
      writer.write(stream[1]);
      writer.write(stream, 2, stream.length - 2);
      parts = writer.finish();
    }

    assertThat(parts).extracting(PartWriter.Part::bytes).containsExactly(1000L, 1000L, 500L);
    assertThat(parts(folder)).hasSize(3);
    int at = 0;
    for (PartWriter.Part part : parts) {
      byte[] bytes = Files.readAllBytes(folder.resolve(part.file()));
      assertThat(bytes)
          .as("%s, seed=%d", part.file(), SEED)
          .isEqualTo(Arrays.copyOfRange(stream, at, at + bytes.length));
      assertThat(part.sha256()).isEqualTo(PartWriter.hex(PartWriter.sha256().digest(bytes)));
      at += bytes.length;
    }
  }

  @Test
  void aStreamThatEndsWithAPartLeavesNoEmptyOne() throws IOException {
    try (PartWriter writer = new PartWriter(folder, "x", 1000)) {
      writer.write(noise(2000));
      assertThat(writer.finish()).hasSize(2);
    }
    assertThat(parts(folder)).hasSize(2);
  }

  @Test
  void whatIsGivenUpLeavesNoUnfinishedPart() throws IOException {
    try (PartWriter writer = new PartWriter(folder, "x", 1000)) {
      writer.write(noise(1500));
    }
    assertThat(parts(folder)).extracting(Path::getFileName).containsExactly(Path.of("x.part-0001"));
    assertThat(folder).isDirectoryNotContaining("glob:**unfinished");
  }

  @Test
  void theScriptUnpacksWhatWasPackedAndRunsIt() throws Exception {
    byte[] payload = noise(100_000);
    Path output = pack(payload);
    assertThat(parts(output)).hasSizeGreaterThan(100).allMatch(part -> size(part) <= 1000);

    Outcome first = script(output, "train", "--config", "my recipe.yaml");

    assertThat(first.exitCode()).as(first.err()).isZero();
    Path home = output.resolve(NAME);
    assertThat(first.out())
        .contains("\n-cp\n%s/lib/first.jar:%s/lib/second.jar\n".formatted(home, home))
        .endsWith("dev.carryover.deploy.Carryover\ntrain\n--config\nmy recipe.yaml\n");
    assertThat(home.resolve("lib/payload")).hasBinaryContent(payload);
    assertThat(home.resolve(LONG_PATH)).hasContent("as it was");
    assertThat(home.resolve("jre/bin/java")).isExecutable();
    assertThat(output).isDirectoryNotContaining("glob:**unpacking*");

    for (Path part : parts(output)) {
      Files.delete(part);
    }
    Outcome second = script(output, "evaluate");
    assertThat(second.exitCode()).as("the parts are no longer needed: %s", second.err()).isZero();
    assertThat(second.err()).isEmpty();
    assertOneLine(script(output, "demo"), "demo is not in this pack", "train");
  }

  @Test
  void aDamagedPartIsNamed() throws Exception {
    Path output = pack(noise(5000));
    Files.write(parts(output).get(3), new byte[] {1}, StandardOpenOption.APPEND);
    Outcome outcome = script(output, "train");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.err().lines().reduce((first, last) -> last))
        .contains(NAME + ": " + NAME + ".part-0004 is damaged; copy it again.");
    assertThat(output.resolve(NAME)).doesNotExist();
  }

  @Test
  void aMissingPartIsNamed() throws Exception {
    Path output = pack(noise(5000));
    Files.delete(parts(output).get(0));
    assertOneLine(script(output), NAME + ".part-0001 of ", "is missing", "copy it");
    Files.delete(output.resolve(NAME + ".sha256"));
    assertOneLine(script(output), ".sha256 is missing", "copy it");
  }

  @Test
  void partsOfAnotherPackAreRefused() throws Exception {
    Path output = pack(noise(5000));
    String digests = Files.readString(output.resolve(NAME + ".sha256"));
    Path script = output.resolve(NAME + ".sh");
    Files.writeString(output.resolve(NAME + ".sha256"), digests.replace('0', '1'));
    assertOneLine(script(output), "of another pack or damaged");

    Files.writeString(output.resolve(NAME + ".sha256"), digests);
    Files.createDirectory(output.resolve(NAME));
    assertOneLine(script(output), "not of this pack", "CARRYOVER_HOME");
    assertThat(script).isExecutable();
  }

  private static void assertOneLine(Outcome outcome, String... texts) {
    assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(2);
    assertThat(outcome.err()).hasLineCount(1).contains(texts);
  }

  @Test
  void ofNvidiasLibrariesOnlyTheUsedOnesArePacked() throws Exception {
    Path cuda =
        jar(
            "cuda-11.6-8.3-1.5.7-linux-x86_64-redist.jar",
            "org/bytedeco/cuda/linux-x86_64/libcublas.so.11",
            "org/bytedeco/cuda/linux-x86_64/libcublasLt.so.11",
            "org/bytedeco/cuda/linux-x86_64/libcudart.so.11.0",
            "org/bytedeco/cuda/linux-x86_64/libcusolver.so.11",
            "org/bytedeco/cuda/linux-x86_64/libcusolverMg.so.11",
            "org/bytedeco/cuda/linux-x86_64/libcudnn.so.8",
            "org/bytedeco/cuda/linux-x86_64/libcusparse.so.11");
    Path training = jar("carryover-model-training-1.jar", "a.class");
    Path rocksDb = jar("frocksdbjni-8.10.0.jar", "librocksdbjni-linux64.so");
    Path output = Files.createDirectories(folder.resolve("output"));
    try (PackContent content = new PackContent()) {
      content.addJars(List.of(training, cuda, rocksDb));
      content.addText("jre/bin/java", TESTING_JAVA, true);
      new Packer(folder, output, SILENT).write(content, NAME, 1000);
    }
    assertThat(script(output).exitCode()).isZero();
    Path home = output.resolve(NAME);
    assertThat(home.resolve("native").toFile().list())
        .containsExactlyInAnyOrder(
            "libcublas.so.11", "libcublasLt.so.11", "libcudart.so.11.0", "libcusolver.so.11");
    assertThat(home.resolve("native/libcublas.so.11"))
        .hasContent("org/bytedeco/cuda/linux-x86_64/libcublas.so.11");
    assertThat(home.resolve("lib").toFile().list())
        .containsExactlyInAnyOrder("classpath", "carryover-model-training-1.jar");
    assertThat(home.resolve("lib/classpath")).hasContent("carryover-model-training-1.jar");
  }

  /** A jar whose entries hold their own names. */
  private Path jar(String name, String... entries) throws IOException {
    Path jar = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write(entry.getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }

  @Test
  void aRuntimeWithoutItsToolsStillStarts() throws Exception {
    Path runtime = folder.resolve("jre");
    RuntimeImage.make(runtime);
    Map<String, Path> libraries = RuntimeImage.systemLibraries(runtime);
    assertThat(libraries).doesNotContainKeys("libc.so.6", "libjvm.so", "libX11.so.6");
    assertThat(libraries.values()).allSatisfy(library -> assertThat(library).isRegularFile());
    Process java =
        new ProcessBuilder(
                runtime.resolve("bin/java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-version")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    assertThat(java.waitFor()).as(Files.readString(folder.resolve("out"))).isZero();
    assertThat(runtime.resolve("bin/jlink")).doesNotExist();
  }

  @Test
  void sizesAndProfilesAreReadOrRefused() {
    assertThat(PartSize.parse("60M").bytes()).isEqualTo(60L << 20);
    assertThat(PartSize.parse("2G").bytes()).isEqualTo(2L << 30);
    for (String size : List.of("60", "0M", "60 M", "60MB", "-1M", "1025G")) {
      assertThatIllegalArgumentException()
          .as(size)
          .isThrownBy(() -> PartSize.parse(size))
          .withMessageContaining("the part size is");
    }
    assertThat(PackProfile.of("cuda-ptx")).isEqualTo(PackProfile.CUDA_PTX);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackProfile.of("rocm"))
        .withMessage("the profile is rocm; it is one of cpu, cuda, cuda-ptx");
  }

  @Test
  void aFolderThatIsNoCheckoutIsRefusedAndNothingIsLeft() {
    Path output = folder.resolve("output");
    assertThatThrownBy(
            () -> new Packer(folder, output, SILENT).pack(PackProfile.CPU, new PartSize(1 << 20)))
        .isInstanceOf(PackException.class)
        .hasMessageContainingAll("is no checkout", "deploy/carryover");
    assertThat(output).isEmptyDirectory();
  }
}
