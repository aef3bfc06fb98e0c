package dev.carryover.deploy.pack;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/*
 * A JDK of a Linux distribution links to libraries of that distribution (libz, and for charts freetype and harfbuzz),
 * which a bare host need not have. They are found by ldd and packed too; only those of the C library itself are not, as
 * they belong to the kernel and loader of the host.
 */
/** A Java runtime of only those modules that training needs, compressed, made by jlink. */
final class RuntimeImage {

  private static final List<String> MODULES =
      List.of(
          "java.base",
          "java.desktop",
          "java.logging",
          "java.management",
          "java.naming",
          "java.scripting",
          "java.security.jgss",
          "java.security.sasl",
          "java.sql",
          "java.xml",
          "jdk.crypto.ec",
          "jdk.incubator.vector",
          "jdk.management",
          "jdk.unsupported",
          "jdk.zipfs");

  /** Nothing of a pack opens a window or plays a sound. */
  private static final Set<String> SCREEN_OR_SOUND =
      Set.of("libawt_xawt.so", "libjawt.so", "libsplashscreen.so", "libjsound.so");

  private static final Pattern LINKED =
      Pattern.compile("^\\s+(\\S+) => (/\\S+) \\(0x", Pattern.MULTILINE);
  private static final Pattern GLIBC =
      Pattern.compile("(ld-linux-.*|lib(c|m|dl|pthread|rt|resolv|util))\\.so\\.[0-9]+");

  private RuntimeImage() {}

  /** Makes one of the running JDK in a folder that is not there yet. */
  static void make(Path folder) throws PackException {
    ToolProvider jlink =
        ToolProvider.findFirst("jlink")
            .orElseThrow(
                () ->
                    new PackException(
                        System.getProperty("java.home")
                            + " has no jlink; set JAVA_HOME to a whole JDK 17 or later"));
    StringWriter messages = new StringWriter();
    PrintWriter writer = new PrintWriter(messages);
    int exitCode =
        jlink.run(
            writer,
            writer,
            "--add-modules",
            String.join(",", MODULES),
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages",
            "--compress=2",
            "--output",
            folder.toString());
    if (exitCode != 0) {
      throw new PackException(
          "jlink cannot make a runtime of "
              + System.getProperty("java.home")
              + ": "
              + messages.toString().strip().replaceAll("\\s*\\R\\s*", " "));
    }
  }

  /** The libraries outside of a runtime that it links to, by name; those of glibc left out. */
  static Map<String, Path> systemLibraries(Path runtime) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ldd"));
    try (Stream<Path> files = Files.walk(runtime)) {
      files
          .filter(file -> file.toString().endsWith(".so") || file.endsWith(Path.of("bin", "java")))
          .filter(file -> !SCREEN_OR_SOUND.contains(file.getFileName().toString()))
          .forEach(file -> command.add(file.toString()));
    }
    Process ldd;
    try {
      ldd = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new PackException("ldd cannot be started; pack on Linux with glibc", e);
    }
    String output;
    try (InputStream in = ldd.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    if (ldd.waitFor() != 0) {
      throw new PackException("ldd cannot tell what " + runtime + " links to: " + output.strip());
    }
    Map<String, Path> libraries = new TreeMap<>();
    for (Matcher line = LINKED.matcher(output); line.find(); ) {
      Path library = Path.of(line.group(2));
      if (!GLIBC.matcher(line.group(1)).matches() && !library.normalize().startsWith(runtime)) {
        libraries.put(line.group(1), library);
      }
    }
    return libraries;
  }
}
