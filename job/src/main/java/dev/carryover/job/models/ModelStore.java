package dev.carryover.job.models;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.plugin.PluginUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that model files are published to, on any Flink file system.
 *
 * <pre>{@code
 * ModelStore.Stored stored = ModelStore.put(file, "s3://models", "hdfs-2f1c.safetensors", sha256);
 * announce(stored.uri());
 * }</pre>
 *
 * <p>File systems other than the local one are Flink plugins. Outside of a Flink process they are
 * looked for where {@code FLINK_PLUGINS_DIR} points to, and configured as {@code FLINK_CONF_DIR}
 * says.
 *
 * <p>Safe for all threads and for several processes that put files into one folder.
 */
public final class ModelStore {
  private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");
  private static final Pattern ODD_SEGMENT =
      Pattern.compile("(^|/)(\\.|%2[Ee]){1,2}(/|$)|(?<=.)//|%2[Ff]|%5[Cc]|\\\\");
  private static final int BUFFER_BYTES = 1 << 16;

  private static boolean pluginsSought;

  private ModelStore() {}

  /**
   * Where a file is now.
   *
   * @param uri with a scheme, readable for every process that has the file system
   * @param copied whether it was copied; otherwise it was there already
   */
  public record Stored(String uri, boolean copied) {}

  /**
   * Copies a file into a folder, which is made if there is none. Readers see the whole file or
   * none: it is written under another name and then renamed. Where the file is there already, with
   * the same size and digest, nothing is done; anything else of that name is replaced.
   *
   * @param file a local file
   * @param folder a local path, or a URI with a scheme
   * @param name the file's name in the folder, without a slash
   * @param sha256 digest that the copy must have, 64 lower-case hexadecimal digits
   * @throws IOException naming the folder or the file, if it cannot be copied
   */
  public static Stored put(java.nio.file.Path file, String folder, String name, String sha256)
      throws IOException {
    String uri = uri(folder, name);
    Path target = path(uri);
    FileSystem fileSystem = fileSystem(target);
    long bytes = Files.size(file);
    if (holds(fileSystem, target, bytes, sha256)) {
      return new Stored(uri, false);
    }
    Path temporary =
        new Path(target.getParent(), "." + target.getName() + "." + UUID.randomUUID() + ".part");
    try {
      fileSystem.mkdirs(target.getParent());
      String copied = copy(file, fileSystem, temporary);
      if (!copied.equals(sha256)) {
        throw new IOException(
            "its copy has the SHA-256 %s, the file had %s; do not write to it meanwhile"
                .formatted(copied, sha256));
      }
      move(fileSystem, temporary, target, bytes, sha256);
    } catch (IOException e) {
      throw new IOException(
          "%s cannot be copied to %s: %s"
              .formatted(
                  file, uri, e.getMessage() == null ? e.getClass().getName() : e.getMessage()),
          e);
    } finally {
      discard(fileSystem, temporary);
    }
    return new Stored(uri, true);
  }

  /**
   * The URI that {@link #put} gives a file; nothing is looked at but a local folder.
   *
   * @throws IOException if the folder is one that nothing is put into
   */
  public static String uri(String folder, String name) throws IOException {
    URI parent = folderUri(folder);
    return parent + (parent.toString().endsWith("/") ? "" : "/") + name;
  }

  /**
   * Looks whether a file that was published is still there, by its size.
   *
   * @throws IOException saying what is there instead
   */
  public static void check(String uri, long bytes) throws IOException {
    Path path;
    try {
      path = path(uri);
    } catch (IllegalArgumentException e) {
      throw new IOException(uri + " is no URI of a file", e);
    }
    FileStatus status;
    try {
      status = fileSystem(path).getFileStatus(path);
    } catch (FileNotFoundException e) {
      throw new IOException(uri + " does not exist, or may not be read", e);
    }
    if (status.isDir() || status.getLen() != bytes) {
      throw new IOException(
          "%s %s, %d bytes were announced"
              .formatted(
                  uri,
                  status.isDir() ? "is a folder" : "has " + status.getLen() + " bytes",
                  bytes));
    }
  }

  /** A URI of the folder; jobs would refuse files of what is refused here. */
  private static URI folderUri(String folder) throws IOException {
    if (!SCHEME.matcher(folder).matches()) {
      java.nio.file.Path local = java.nio.file.Path.of(folder).toAbsolutePath().normalize();
      if (Files.exists(local) && !Files.isDirectory(local)) {
        throw new IOException("folder " + folder + " is refused: it is a file; name a folder");
      }
      return local.toUri();
    }
    URI uri;
    try {
      uri = new URI(folder);
    } catch (URISyntaxException e) {
      throw refused("it is no URI (" + e.getReason() + "); write odd characters as %XX");
    }
    // Nothing of the URI is shown: it may hold a password.
    if (uri.isOpaque() || uri.getRawPath().isEmpty() && uri.getRawAuthority() == null) {
      throw refused("it has no path; write it as SCHEME://HOST/FOLDER or file:///FOLDER");
    }
    if (uri.getRawUserInfo() != null || authorityHoldsUser(uri)) {
      throw refused("it holds a user or a password, which would be announced; configure them");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused("it has a query or a fragment; leave them out");
    }
    if (ODD_SEGMENT.matcher(uri.getRawPath()).find()) {
      throw refused("its path has an empty segment, '.', '..' or an encoded slash; write it out");
    }
    return uri;
  }

  private static boolean authorityHoldsUser(URI uri) {
    return uri.getRawAuthority() != null && uri.getRawAuthority().contains("@");
  }

  private static IOException refused(String reason) {
    return new IOException("the URI of the folder is refused: " + reason);
  }

  private static Path path(String uri) {
    try {
      return new Path(new URI(uri));
    } catch (URISyntaxException e) {
      return new Path(uri);
    }
  }

  private static FileSystem fileSystem(Path path) throws IOException {
    URI uri = path.toUri();
    if (uri.getScheme() != null && !uri.getScheme().equals("file")) {
      seekPlugins();
    }
    try {
      return path.getFileSystem();
    } catch (IOException e) {
      throw new IOException(
          "there is no file system for '%s' (%s): %s; set FLINK_PLUGINS_DIR to the plugins folder of a Flink that has it, and FLINK_CONF_DIR to its configuration"
              .formatted(path, uri.getScheme(), e.getMessage()),
          e);
    }
  }

  /** Does what the start of a Flink process does, once, and only where its environment is set. */
  private static synchronized void seekPlugins() {
    boolean told =
        System.getenv("FLINK_PLUGINS_DIR") != null || System.getenv("FLINK_CONF_DIR") != null;
    if (told && !pluginsSought) {
      Configuration configuration = GlobalConfiguration.loadConfiguration();
      FileSystem.initialize(
          configuration, PluginUtils.createPluginManagerFromRootFolder(configuration));
    }
    pluginsSought = true;
  }

  private static boolean holds(FileSystem fileSystem, Path path, long bytes, String sha256)
      throws IOException {
    try {
      FileStatus status = fileSystem.getFileStatus(path);
      if (status.isDir()) {
        throw new IOException(path + " is a folder; remove it, or name another folder");
      }
      if (status.getLen() != bytes) {
        return false;
      }
      MessageDigest digest = sha256();
      try (InputStream in = fileSystem.open(path)) {
        update(digest, in, OutputStream.nullOutputStream());
      }
      return hex(digest).equals(sha256);
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /** Copies and answers the digest of what was written. */
  private static String copy(java.nio.file.Path file, FileSystem fileSystem, Path to)
      throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(file);
        OutputStream out = fileSystem.create(to, WriteMode.NO_OVERWRITE)) {
      update(digest, in, out);
    }
    return hex(digest);
  }

  private static void update(MessageDigest digest, InputStream in, OutputStream out)
      throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      digest.update(buffer, 0, read);
      out.write(buffer, 0, read);
    }
  }

  private static void move(
      FileSystem fileSystem, Path temporary, Path target, long bytes, String sha256)
      throws IOException {
    if (fileSystem.exists(target)) {
      fileSystem.delete(target, false);
    }
    // Another publisher of the same file may have been faster.
    if (!fileSystem.rename(temporary, target) && !holds(fileSystem, target, bytes, sha256)) {
      throw new IOException("the copy cannot be renamed; look at the permissions of the folder");
    }
  }

  /** What cannot be deleted does no harm, and must not hide why the copy failed. */
  private static void discard(FileSystem fileSystem, Path temporary) {
    try {
      if (fileSystem.exists(temporary)) {
        fileSystem.delete(temporary, false);
      }
    } catch (IOException e) {
      LOG.warn("The unfinished copy {} is left behind", temporary, e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
