package dev.carryover.deploy;

import dev.carryover.deploy.kafka.KafkaCheck;
import dev.carryover.job.EmbeddedFlink;
import dev.carryover.job.config.JobConfiguration;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code carryover run}: a job in this process against any Kafka, or the line that starts it on a
 * cluster.
 */
@Command(
    name = "run",
    description = {
      "Runs the job of a configuration file in this process, with a web page, until Ctrl-C;",
      "or prints the line that starts it on a Flink cluster."
    })
final class RunCommand implements Callable<Integer> {

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The job's YAML configuration; job/OPTIONS.md lists every key.")
  private Path config;

  @Option(
      names = "--print",
      description = "Only check the configuration and print the flink run line for it.")
  private boolean print;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    JobConfiguration configuration = JobConfiguration.read(config);
    PrintWriter out = spec.commandLine().getOut();
    if (print) {
      out.println(FlinkRunLine.of(System.getProperty("carryover.root", "."), config));
      out.flush();
      return ExitCode.OK;
    }
    KafkaCheck.reachable(configuration.kafkaProperties(), KafkaCheck.JOB_SETTINGS);
    try (OrderlyStop stop = OrderlyStop.install()) {
      try (EmbeddedFlink flink = EmbeddedFlink.start(configuration)) {
        out.printf("Running %s; web page %s; Ctrl-C stops it.%n", config, flink.webAddress());
        out.flush();
        flink.awaitEnd();
      } catch (Exception e) {
        if (!stop.requested()) {
          throw e;
        }
      }
    }
    return ExitCode.OK;
  }
}
