package dev.carryover.job.models;

import java.net.URI;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;

/** Gives Flink the scheme {@value TestingFileSystem#SCHEME}, found as a service. */
public final class TestingFileSystemFactory implements FileSystemFactory {
  @Override
  public String getScheme() {
    return TestingFileSystem.SCHEME;
  }

  @Override
  public FileSystem create(URI uri) {
    return new TestingFileSystem();
  }
}
