package dev.carryover.deploy.publish;

import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.ModelStatus;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** The control topic, and the topic that jobs answer on where it is known. */
public final class ModelTopics {

  private final RecordTopic<ModelAnnouncement> announcements;
  private final Optional<RecordTopic<ModelStatus>> statuses;

  /**
   * @param kafka what every Kafka client is given
   * @param topic the control topic
   * @param statusTopic the topic of statuses, where it is known
   */
  public ModelTopics(Properties kafka, String topic, Optional<String> statusTopic) {
    this.announcements = RecordTopic.announcements(kafka, topic);
    this.statuses = statusTopic.map(name -> RecordTopic.statuses(kafka, name));
  }

  /**
   * What the topics hold.
   *
   * @param models what was announced of every model, by model id
   * @param others positions of what is no announcement, with the reason
   */
  record Content(List<RevisionHistory> models, List<String> others) {
    /** The history of a model, which is empty where nothing was announced. */
    RevisionHistory model(String modelId) {
      return models.stream()
          .filter(model -> model.modelId().equals(modelId))
          .findFirst()
          .orElseGet(() -> RevisionHistory.empty(modelId));
    }
  }

  /** The name of the control topic. */
  String name() {
    return announcements.name();
  }

  /** The name of the topic of statuses, where it is known. */
  Optional<String> statusName() {
    return statuses.map(RecordTopic::name);
  }

  /** What is wrong with a control topic that forgets announcements. */
  Optional<String> forgets() throws InterruptedException {
    return announcements.forgets();
  }

  /**
   * Reads both topics, as they are committed, to their present ends.
   *
   * @throws IOException if one is not there, or cannot be read
   */
  Content read() throws IOException, InterruptedException {
    RecordTopic.Content<ModelAnnouncement> announced = announcements.read();
    RecordTopic.Content<ModelStatus> answered =
        statuses.isPresent()
            ? statuses.get().read()
            : new RecordTopic.Content<>(List.of(), List.of());
    return new Content(
        RevisionHistory.of(announced.records(), answered.records()), announced.others());
  }

  /** Writes an announcement and answers its position. */
  String write(ModelAnnouncement announcement) throws IOException, InterruptedException {
    return announcements.write(announcement.getModelId(), announcement);
  }
}
