package dev.carryover.deploy.pack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes what a host without network, Java or Maven needs to train.
 *
 * <pre>{@code
 * Pack pack = new Packer(checkout, output, progress).pack(PackProfile.CUDA, PartSize.parse("60M"));
 * }</pre>
 *
 * <p>The output folder then holds the parts {@code carryover-cuda.part-0001} and so on, their
 * digests {@code carryover-cuda.sha256}, and {@code carryover-cuda.sh}, which checks, joins,
 * unpacks and runs them. A pack of the same profile that stood there before is replaced; the script
 * comes last, and knows by the digest of the digests whether everything is of one pack.
 */
public final class Packer {

  /** The finished pack: its script, how many parts it has, and their bytes together. */
  public record Pack(Path script, int parts, long bytes) {}

  private static final long MIB = 1L << 20;

  /** The sources, the compiled classes and what Maven downloads beside. */
  private static final long WORK_SPACE = 256 * MIB;

  private final Path checkout;
  private final Path output;
  private final PackProgress progress;

  /**
   * @param checkout the sources, which stay as they are
   * @param output where the pack is left; made if it is not there
   */
  public Packer(Path checkout, Path output, PackProgress progress) {
    this.checkout = checkout.toAbsolutePath().normalize();
    this.output = output.toAbsolutePath().normalize();
    this.progress = progress;
  }

  /**
   * Makes a pack.
   *
   * @throws PackException if something that it needs is not there; the message says what
   * @throws IOException if a file cannot be read or written
   * @throws InterruptedException if the thread was interrupted; no script is left then
   */
  public Pack pack(PackProfile profile, PartSize partSize)
      throws IOException, InterruptedException {
    Files.createDirectories(output);
    requireSpace(WORK_SPACE);
    Path work = Files.createTempDirectory(output, ".work-");
    try (PackContent content = new PackContent()) {
      progress.step("Building a copy of the checkout for " + profile.optionName());
      List<Path> jars = new CheckoutBuild(checkout, work.resolve("checkout")).jars(profile);
      content.addJars(jars);
      progress.step("Linking a Java runtime");
      Path runtime = work.resolve("jre");
      RuntimeImage.make(runtime);
      content.addFolder("jre/", runtime);
      for (Map.Entry<String, Path> library : RuntimeImage.systemLibraries(runtime).entrySet()) {
        content.addFile(PackContent.NATIVE + library.getKey(), library.getValue());
      }
      addExamples(content);
      content.addText(
          "bin/carryover", script("run.sh", Map.of("PROFILE", profile.optionName())), true);
      requireSpace(content.bytes());
      progress.step("Writing parts of at most " + partSize.bytes() / MIB + " MiB");
      return write(content, profile.packName(), partSize.bytes());
    } finally {
      delete(work);
    }
  }

  private void addExamples(PackContent content) throws IOException {
    try (Stream<Path> examples = Files.list(checkout.resolve("deploy").resolve("examples"))) {
      for (Path example :
          examples.filter(file -> file.toString().endsWith(".train.yaml")).sorted().toList()) {
        content.addFile("examples/" + example.getFileName(), example);
      }
    }
    content.addFile("LICENSE", checkout.resolve("LICENSE"));
  }

  /** Writes parts, digests and script of some content; split from the rest for tests. */
  Pack write(PackContent content, String name, long partSize) throws IOException {
    Path script = output.resolve(name + ".sh");
    Path manifest = output.resolve(name + ".sha256");
    Files.deleteIfExists(script);
    Files.deleteIfExists(manifest);
    List<PartWriter.Part> parts;
    try (PartWriter partWriter = new PartWriter(output, name, partSize)) {
      TarWriter tar = new TarWriter(partWriter);
      content.write(tar, progress);
      tar.finish();
      parts = partWriter.finish();
    }
    StringBuilder digests = new StringBuilder();
    for (PartWriter.Part part : parts) {
      digests.append(part.sha256()).append("  ").append(part.file()).append('\n');
    }
    byte[] digestBytes = digests.toString().getBytes(StandardCharsets.UTF_8);
    put(manifest, digestBytes, false);
    put(
        script,
        script(
                "unpack.sh",
                Map.of(
                    "NAME", name,
                    "ID", PartWriter.hex(PartWriter.sha256().digest(digestBytes)),
                    "PARTS", Integer.toString(parts.size()),
                    "MIB", Long.toString(content.bytes() / MIB + 1)))
            .getBytes(StandardCharsets.UTF_8),
        true);
    return new Pack(script, parts.size(), parts.stream().mapToLong(PartWriter.Part::bytes).sum());
  }

  private static void put(Path file, byte[] bytes, boolean executable) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    Files.write(unfinished, bytes);
    if (executable && !unfinished.toFile().setExecutable(true, false)) {
      throw new PackException(unfinished + " cannot be made executable");
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** A script of the resources with its placeholders filled in. */
  static String script(String resource, Map<String, String> values) throws IOException {
    try (InputStream in = Packer.class.getResourceAsStream(resource)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (Map.Entry<String, String> value : values.entrySet()) {
        text = text.replace("@" + value.getKey() + "@", value.getValue());
      }
      return text;
    }
  }

  private void requireSpace(long bytes) throws IOException {
    long free = Files.getFileStore(output).getUsableSpace();
    if (free < bytes) {
      throw new PackException(
          output
              + " has "
              + free / MIB
              + " MiB free, and up to "
              + bytes / MIB
              + " MiB are needed; free some or give another --output");
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
