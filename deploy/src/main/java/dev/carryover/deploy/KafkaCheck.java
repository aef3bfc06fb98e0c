package dev.carryover.deploy;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * Looks whether there is a Kafka to talk to: a job would try for ever, and say so only in its log.
 */
final class KafkaCheck {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private KafkaCheck() {}

  /**
   * Asks the cluster for its nodes.
   *
   * @param kafka what every Kafka client of the job is given
   * @throws CommandException if there is no answer, or the properties are no client's
   */
  static void reachable(Properties kafka) throws CommandException, InterruptedException {
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.setProperty("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()));
    properties.setProperty("request.timeout.ms", Long.toString(PATIENCE.toMillis() / 2));
    String servers = kafka.getProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
    try (Admin admin = Admin.create(properties)) {
      admin.describeCluster().nodes().get();
    } catch (ExecutionException e) {
      throw new CommandException(
          ExitCode.BAD_INPUT,
          "no Kafka broker answered at "
              + servers
              + " within "
              + PATIENCE.toSeconds()
              + " s ("
              + e.getCause().getMessage()
              + "); look at kafka.bootstrap-servers and kafka.properties",
          e);
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new CommandException(
          ExitCode.BAD_INPUT,
          "no Kafka client can be made for "
              + servers
              + " ("
              + cause.getMessage()
              + "); look at kafka.bootstrap-servers and kafka.properties",
          e);
    }
  }
}
