package dev.carryover.deploy;

import dev.carryover.deploy.publish.KeyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code carryover keygen}: a pair of keys for signed announcements. */
@Command(
    name = "keygen",
    description = {
      "Makes a pair of Ed25519 keys: announcements are signed with the private one, and a job",
      "that has the public one takes no others. Files that exist are not written over."
    })
final class KeygenCommand implements Callable<Integer> {

  @Option(
      names = "--private",
      required = true,
      paramLabel = "FILE",
      description = "Where the private key goes, in PEM, readable for its owner only.")
  private Path privateFile;

  @Option(
      names = "--public",
      required = true,
      paramLabel = "FILE",
      description = "Where the public key goes, in PEM.")
  private Path publicFile;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    KeyFiles.create(privateFile, publicFile);
    spec.commandLine()
        .getOut()
        .printf(
            "%s  sign with it: publish --sign; keep it secret%n"
                + "%s  give it to jobs: models.public-key%n",
            privateFile, publicFile);
    spec.commandLine().getOut().flush();
    return ExitCode.OK;
  }
}
