package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job's main class, for {@code flink run}:
 *
 * <pre>
 * flink run carryover-job-flink.jar --config job.yaml
 * </pre>
 */
public final class CarryoverJob {
  private static final Logger LOG = LoggerFactory.getLogger(CarryoverJob.class);

  private CarryoverJob() {}

  /**
   * Submits the job that a YAML file describes.
   *
   * @param arguments {@code --config FILE}
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      System.err.println(
          "usage: --config FILE (got " + String.join(" ", arguments) + "); see job/OPTIONS.md");
      System.exit(2);
    }
    JobConfiguration configuration;
    try {
      configuration = JobConfiguration.read(Path.of(arguments[1]));
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    LOG.info("Configuration of the job:\n{}", configuration);
    build(configuration).execute();
  }

  /**
   * An environment that holds the whole job, ready to execute.
   *
   * @throws ConfigurationException if the model, a mapping or a schema cannot be used
   */
  public static StreamExecutionEnvironment build(JobConfiguration configuration)
      throws ConfigurationException {
    return build(configuration, FlinkSettings.of(configuration));
  }

  static StreamExecutionEnvironment build(JobConfiguration configuration, Configuration flink)
      throws ConfigurationException {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(flink);
    Topology.build(environment, configuration, Models.reference(configuration));
    return environment;
  }
}
