package dev.carryover.deploy.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Properties;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;

class KafkaCheckTest {

  @Test
  void aKafkaThatIsNotThereIsToldBeforeTheJobStarts() throws IOException {
    // A port that was free a moment ago: nobody listens there.
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Properties kafka = new Properties();
    kafka.setProperty("bootstrap.servers", "127.0.0.1:" + port);
    assertThatThrownBy(() -> KafkaCheck.reachable(kafka, KafkaCheck.JOB_SETTINGS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no Kafka broker answered at 127.0.0.1:" + port)
        .hasMessageContaining("kafka.bootstrap-servers");
  }

  @Test
  void propertiesThatMakeNoClientAreToldWithTheirCause() {
    Properties kafka = new Properties();
    kafka.setProperty("bootstrap.servers", "127.0.0.1:9092");
    kafka.setProperty("security.protocol", "CARRIER_PIGEON");
    assertThatThrownBy(() -> KafkaCheck.reachable(kafka, KafkaCheck.JOB_SETTINGS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("CARRIER_PIGEON")
        .hasMessageContaining("kafka.properties");
  }

  @Test
  void aSecretIsNotShownEvenWhereItIsWrong() {
    Properties kafka = new Properties();
    kafka.setProperty("bootstrap.servers", "127.0.0.1:9092");
    kafka.setProperty("security.protocol", "SASL_PLAINTEXT");
    kafka.setProperty("sasl.mechanism", "PLAIN");
    kafka.setProperty("sasl.jaas.config", "hunter2 required password=\"swordfish\";");
    assertThatThrownBy(() -> KafkaCheck.reachable(kafka, KafkaCheck.JOB_SETTINGS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no Kafka client can be made")
        .hasMessageNotContainingAny("hunter2", "swordfish")
        .satisfies(
            e -> assertThat(Throwables.getStackTrace(e)).doesNotContain("hunter2", "swordfish"));
    assertThat(SecretValues.of(kafka).hide("hunter2 and swordfish at 127.0.0.1:9092, PLAIN"))
        .isEqualTo("****** and ****** at 127.0.0.1:9092, PLAIN");
  }
}
