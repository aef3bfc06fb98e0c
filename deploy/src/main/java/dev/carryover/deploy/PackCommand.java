package dev.carryover.deploy;

import dev.carryover.deploy.pack.PackProfile;
import dev.carryover.deploy.pack.PackProgress;
import dev.carryover.deploy.pack.Packer;
import dev.carryover.deploy.pack.PartSize;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code carryover pack}: training for a host without network, Java or Maven. */
@Command(
    name = "pack",
    description = {
      "Packs what a host without network, Java or Maven needs to train.",
      "Leaves parts, their SHA-256 digests, and a script that checks, joins, unpacks and runs them."
    })
final class PackCommand implements Callable<Integer> {

  @Option(
      names = "--profile",
      required = true,
      paramLabel = "PROFILE",
      converter = ProfileConverter.class,
      description = "cuda (GPUs up to compute capability 8.9), cuda-ptx (GPUs above it) or cpu.")
  private PackProfile profile;

  @Option(
      names = "--part-size",
      defaultValue = "60M",
      paramLabel = "SIZE",
      converter = PartSizeConverter.class,
      description = "How large a part is at most, with M or G; default: ${DEFAULT-VALUE}.")
  private PartSize partSize;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where the parts, the digests and the script are left.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String root = System.getProperty("carryover.root");
    if (root == null) {
      throw new CommandException(
          ExitCode.BAD_INPUT, "it is not known where the sources are; start with deploy/carryover");
    }
    PrintWriter out = spec.commandLine().getOut();
    OrderlyStop stop = OrderlyStop.install();
    Progress progress = new Progress(out);
    try {
      Packer.Pack pack = new Packer(Path.of(root), output, progress).pack(profile, partSize);
      progress.end();
      out.printf(
          "%d parts, %d MiB; copy them with %s and its .sha256, and run it there.%n",
          pack.parts(), pack.bytes() >> 20, pack.script());
      out.flush();
    } finally {
      progress.end();
      stop.close();
    }
    return ExitCode.OK;
  }

  /** A line for every step, and a bar while parts are written on a terminal. */
  private static final class Progress implements PackProgress {

    private final PrintWriter out;
    private ProgressBar bar;

    Progress(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void step(String what) {
      out.println(what);
      out.flush();
    }

    @Override
    public void written(long bytes, long total) {
      if (System.console() == null) {
        return;
      }
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("Packing")
                .setInitialMax(total)
                .setUnit(" MiB", 1 << 20)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .build();
      }
      bar.stepTo(bytes);
    }

    void end() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }

  private static final class ProfileConverter implements ITypeConverter<PackProfile> {
    @Override
    public PackProfile convert(String value) {
      try {
        return PackProfile.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private static final class PartSizeConverter implements ITypeConverter<PartSize> {
    @Override
    public PartSize convert(String value) {
      try {
        return PartSize.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
