package dev.carryover.deploy.pack;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/*
 * Of NVIDIA's libraries libnd4jcuda.so asks for cublas and cusolver, cublas for cublasLt, and javacpp's part of the
 * runtime for cudart: four libraries, a quarter of what NVIDIA ships. They lie beside the jars as files, where the loader of the
 * system finds them (LD_LIBRARY_PATH), because libnd4jcuda.so is loaded before any Java class asks for cublas. All other
 * libraries stay in their jars, from which javacpp unpacks those that it loads.
 *
 * Left out are the jars of servers, which a training never starts, and the dictionary of the demo.
 */
/** What goes into a pack, and where it stands there. */
final class PackContent implements AutoCloseable {

  /** A file of the pack. */
  private interface Source {
    InputStream open() throws IOException;
  }

  private record Entry(String path, long size, boolean executable, Source source) {}

  /** The folder of libraries that the system's loader searches. */
  static final String NATIVE = "native/";

  private static final Pattern CUDA_LIBRARIES = Pattern.compile("cuda-.*-redist\\.jar");
  private static final Pattern USED_CUDA_LIBRARY =
      Pattern.compile(".*/(lib(?:cublas|cublasLt|cusolver|cudart)\\.so\\.[0-9.]+)");
  private static final Pattern UNUSED =
      Pattern.compile(
          "(frocksdbjni|flink-rpc-akka-loader|flink-runtime-web|flink-shaded-zookeeper-3|kafka_2\\.13"
              + "|scala-library|scala-reflect|async-profiler|sphinx4-data)-.*\\.jar");

  private final List<Entry> entries = new ArrayList<>();
  private final List<ZipFile> open = new ArrayList<>();

  /** How many bytes its files have together. */
  long bytes() {
    return entries.stream().mapToLong(Entry::size).sum();
  }

  void addText(String path, String text, boolean executable) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    entries.add(new Entry(path, bytes.length, executable, () -> new ByteArrayInputStream(bytes)));
  }

  /** Adds the files of a folder, below a path that ends with a slash. */
  void addFolder(String path, Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file :
          files.filter(Files::isRegularFile).sorted(Comparator.naturalOrder()).toList()) {
        addFile(path + folder.relativize(file).toString().replace('\\', '/'), file);
      }
    }
  }

  void addFile(String path, Path file) throws IOException {
    entries.add(
        new Entry(
            path, Files.size(file), Files.isExecutable(file), () -> Files.newInputStream(file)));
  }

  /** Adds those jars that training uses, and {@code lib/classpath} with their names in order. */
  void addJars(List<Path> jars) throws IOException {
    StringBuilder classPath = new StringBuilder();
    Set<String> names = new HashSet<>();
    for (Path jar : jars) {
      String name = jar.getFileName().toString();
      if (!Files.isRegularFile(jar)) {
        throw new PackException(jar + " of the class path is no file; run mvn package");
      }
      if (CUDA_LIBRARIES.matcher(name).matches()) {
        addUsedLibraries(jar);
      } else if (!UNUSED.matcher(name).matches()) {
        if (!names.add(name)) {
          throw new PackException("the class path has two jars named " + name);
        }
        addFile("lib/" + name, jar);
        classPath.append(name).append('\n');
      }
    }
    addText("lib/classpath", classPath.toString(), false);
  }

  private void addUsedLibraries(Path jar) throws IOException {
    ZipFile zip = new ZipFile(jar.toFile());
    open.add(zip);
    for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
      Matcher library = USED_CUDA_LIBRARY.matcher(entry.getName());
      if (library.matches()) {
        entries.add(
            new Entry(
                NATIVE + library.group(1), entry.getSize(), true, () -> zip.getInputStream(entry)));
      }
    }
  }

  /** Writes everything. */
  void write(TarWriter tar, PackProgress progress) throws IOException {
    long total = bytes();
    long written = 0;
    for (Entry entry : entries) {
      long before = written;
      try (InputStream in = entry.source().open()) {
        tar.add(
            entry.path(),
            entry.size(),
            entry.executable(),
            in,
            bytes -> progress.written(before + bytes, total));
      }
      written += entry.size();
    }
  }

  /** Closes the jars that libraries were read from. */
  @Override
  public void close() throws IOException {
    for (ZipFile zip : open) {
      zip.close();
    }
  }
}
