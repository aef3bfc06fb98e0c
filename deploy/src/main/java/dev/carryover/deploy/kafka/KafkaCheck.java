package dev.carryover.deploy.kafka;

import java.io.IOException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * Looks whether there is a Kafka to talk to: a job would try for ever, and say so only in its log.
 */
public final class KafkaCheck {

  /** Where the settings of a job are. */
  public static final String JOB_SETTINGS = "kafka.bootstrap-servers and kafka.properties";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private KafkaCheck() {}

  /**
   * Asks the cluster for its nodes.
   *
   * @param kafka what every Kafka client is given
   * @param settings where these properties were said, for the message
   * @throws IOException if there is no answer, or the properties are no client's; one line that
   *     shows no secret
   */
  public static void reachable(Properties kafka, String settings)
      throws IOException, InterruptedException {
    Properties properties = new Properties();
    properties.putAll(kafka);
    properties.setProperty("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()));
    properties.setProperty("request.timeout.ms", Long.toString(PATIENCE.toMillis() / 2));
    String servers = kafka.getProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
    try (Admin admin = Admin.create(properties)) {
      admin.describeCluster().nodes().get();
    } catch (ExecutionException e) {
      throw new IOException(
          "no Kafka broker answered at %s within %d s (%s); look at %s"
              .formatted(
                  servers,
                  PATIENCE.toSeconds(),
                  SecretValues.of(kafka).hide(e.getCause().getMessage()),
                  settings),
          SecretValues.of(kafka).cause(e));
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "no Kafka client can be made for %s (%s); look at %s"
              .formatted(servers, SecretValues.of(kafka).hide(cause.getMessage()), settings),
          SecretValues.of(kafka).cause(e));
    }
  }
}
