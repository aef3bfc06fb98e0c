package dev.carryover.deploy.pack;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/*
 * A profile of Maven changes the class path of the whole reactor, and ND4J's older version other signatures. So the
 * sources are compiled again, against what they will run with; and in a copy, because a build in place would leave the
 * launcher's own class path with a backend that this machine may not run.
 */
/** Builds a copy of the checkout with another backend of ND4J, by calling Maven. */
final class CheckoutBuild {

  private final Path checkout;
  private final Path copy;

  CheckoutBuild(Path checkout, Path copy) {
    this.checkout = checkout;
    this.copy = copy;
  }

  /** The jars that the command line runs with, in the order of the class path. */
  List<Path> jars(PackProfile profile) throws IOException, InterruptedException {
    copySources();
    maven(profile);
    List<Path> jars = new ArrayList<>();
    Path target = copy.resolve("deploy").resolve("target");
    try (Stream<Path> files = Files.list(target)) {
      files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
    }
    for (String entry :
        Files.readString(target.resolve("classpath")).strip().split(File.pathSeparator)) {
      jars.add(Path.of(entry));
    }
    for (String backend : profile.backendJars()) {
      if (jars.stream().noneMatch(jar -> jar.getFileName().toString().startsWith(backend))) {
        throw new PackException(
            "the class path that Maven resolved has no "
                + backend
                + "*.jar; the profile "
                + profile.optionName()
                + " of model/training/pom.xml should bring it");
      }
    }
    return jars;
  }

  private void copySources() throws IOException {
    if (!Files.isRegularFile(checkout.resolve("deploy").resolve("pom.xml"))) {
      throw new PackException(
          checkout + " is no checkout of Carryover; start pack with its deploy/carryover");
    }
    Files.walkFileTree(
        checkout,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            String name = folder.getFileName().toString();
            boolean source =
                folder.equals(checkout)
                    || !name.startsWith(".")
                        && !name.equals("target")
                        && !folder.endsWith(Path.of("src", "test"))
                        && !folder.startsWith(copy.getParent());
            if (!source) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(copy.resolve(checkout.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile()) {
              Files.copy(
                  file,
                  copy.resolve(checkout.relativize(file)),
                  StandardCopyOption.COPY_ATTRIBUTES);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void maven(PackProfile profile) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "mvn",
                "--quiet",
                "--batch-mode",
                "--no-transfer-progress",
                "-Dmaven.test.skip=true",
                "-Dspotless.check.skip=true",
                "--projects",
                "deploy",
                "--also-make"));
    profile.mavenProfile().ifPresent(name -> command.add("--activate-profiles=" + name));
    command.add("package");
    Path log = copy.resolveSibling("maven.log");
    Process maven;
    try {
      maven =
          new ProcessBuilder(command)
              .directory(copy.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new PackException("mvn cannot be started; install Maven 3.8 or later", e);
    }
    int exitCode;
    try {
      maven.getOutputStream().close();
      exitCode = maven.waitFor();
    } finally {
      maven.destroy();
    }
    if (exitCode != 0) {
      throw new PackException(
          "Maven cannot build the profile " + profile.optionName() + ": " + firstError(log));
    }
  }

  private static String firstError(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.contains("ERROR"))
          .map(line -> line.replaceAll("\\x1b\\[[0-9;]*m|\\[ERROR\\]", "").strip())
          .filter(line -> !line.isEmpty())
          .findFirst()
          .orElse("it says nothing; try mvn package");
    }
  }
}
