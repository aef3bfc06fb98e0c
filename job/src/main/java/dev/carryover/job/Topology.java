package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.control.ControlTopic;
import dev.carryover.job.control.KafkaAnnouncementLog;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.operator.RecurrentOperator;
import dev.carryover.job.output.DeadLetters;
import dev.carryover.job.output.KafkaSinks;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.revisions.AnnouncementLog;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.job.source.EventSource;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The graph of the job:
 *
 * <pre>
 * events -> rejections -> keyBy(key) -----------> recurrent -> inferences, alerts
 *               |                                  ^    |
 *               v                                  |    +-> late, dead letters
 *          dead letters                            |    |
 *                                                  |    v
 * control topic -> announcement decoder -> broadcast   model statuses
 *                          |                            ^
 *                          +----------------------------+
 * </pre>
 *
 * <p>The control topic is there where {@code models.topic} is set.
 */
public final class Topology {
  private Topology() {}

  /**
   * Adds the whole job, from Kafka to Kafka, to an environment.
   *
   * @throws ConfigurationException if a mapping, a schema or a public key cannot be used
   */
  public static void build(
      StreamExecutionEnvironment environment, JobConfiguration configuration, ModelReference model)
      throws ConfigurationException {
    DataStream<StreamEvent> events =
        environment
            .fromSource(
                EventSource.builder(configuration).build(),
                EventSource.watermarks(configuration),
                "events")
            .uid(Uids.EVENTS);
    SingleOutputStreamOperator<StreamEvent> usable =
        events.process(new Rejections()).name("rejections").uid(Uids.REJECTIONS);
    OperatorSettings settings = OperatorSettings.from(configuration);
    ModelSettings models = Models.settings(configuration);
    SingleOutputStreamOperator<Inference> inferences;
    if (models.announced()) {
      SingleOutputStreamOperator<ModelAnnouncement> announcements =
          announcements(environment, configuration);
      inferences =
          recurrent(
              usable,
              settings,
              model,
              models,
              KafkaAnnouncementLog.of(configuration),
              announcements);
      inferences
          .getSideOutput(SideOutputs.MODEL_STATUS)
          .union(announcements.getSideOutput(SideOutputs.MODEL_STATUS))
          .sinkTo(KafkaSinks.modelStatuses(configuration))
          .name("model statuses")
          .uid(Uids.MODEL_STATUSES);
    } else {
      inferences =
          connect(
              usable, settings, model, models, AnnouncementLog.NONE, noAnnouncements(environment));
    }
    inferences.sinkTo(KafkaSinks.inferences(configuration)).name("inferences").uid(Uids.INFERENCES);
    if (configuration.isSet(JobOptions.ALERTS_TOPIC)) {
      inferences
          .getSideOutput(SideOutputs.ALERTS)
          .sinkTo(KafkaSinks.alerts(configuration))
          .name("alerts")
          .uid(Uids.ALERTS);
    }
    parts(usable.getSideOutput(SideOutputs.DEAD_LETTERS), configuration)
        .uid(Uids.SOURCE_DEAD_LETTER_PARTS)
        .union(
            parts(inferences.getSideOutput(SideOutputs.DEAD_LETTERS), configuration)
                .uid(Uids.DEAD_LETTER_PARTS))
        .sinkTo(KafkaSinks.deadLetters(configuration))
        .name("dead letters")
        .uid(Uids.DEAD_LETTERS);
    if (configuration.isSet(JobOptions.LATE_TOPIC)) {
      parts(inferences.getSideOutput(SideOutputs.LATE), configuration)
          .uid(Uids.LATE_PARTS)
          .sinkTo(KafkaSinks.late(configuration))
          .name("late")
          .uid(Uids.LATE);
    }
  }

  private static SingleOutputStreamOperator<DeadLetter> parts(
      DataStream<StreamEvent> rejected, JobConfiguration configuration) {
    return rejected
        .flatMap(DeadLetters.of(configuration))
        .returns(RecordTypes.DEAD_LETTER)
        .name("dead letter parts");
  }

  /** What is announced on the control topic; what cannot be read is a status beside it. */
  private static SingleOutputStreamOperator<ModelAnnouncement> announcements(
      StreamExecutionEnvironment environment, JobConfiguration configuration) {
    return environment
        .fromSource(
            ControlTopic.source(configuration), WatermarkStrategy.noWatermarks(), "control topic")
        .uid(Uids.CONTROL_TOPIC)
        .setParallelism(1)
        .process(new AnnouncementDecoder())
        .returns(RecordTypes.ANNOUNCEMENT)
        .name("announcement decoder")
        .uid(Uids.ANNOUNCEMENT_DECODER)
        .setParallelism(1);
  }

  /**
   * The middle of the job, for any source and sink: usable events in, inferences out, the rest in
   * {@link SideOutputs}. It serves one model.
   */
  public static SingleOutputStreamOperator<Inference> recurrent(
      DataStream<StreamEvent> events, OperatorSettings settings, ModelReference model) {
    return connect(
        events,
        settings,
        model,
        ModelSettings.FIXED,
        AnnouncementLog.NONE,
        noAnnouncements(events.getExecutionEnvironment()));
  }

  /**
   * The middle of a job that serves announced revisions too.
   *
   * @param model what serves until a revision is announced
   * @param log what was announced before a task starts; what it holds may come as a stream too
   * @param announcements what is announced while the job runs
   */
  public static SingleOutputStreamOperator<Inference> recurrent(
      DataStream<StreamEvent> events,
      OperatorSettings settings,
      ModelReference model,
      ModelSettings models,
      AnnouncementLog log,
      DataStream<ModelAnnouncement> announcements) {
    return connect(
        events,
        settings,
        model,
        models,
        log,
        noAnnouncements(events.getExecutionEnvironment()).union(announcements));
  }

  private static SingleOutputStreamOperator<Inference> connect(
      DataStream<StreamEvent> events,
      OperatorSettings settings,
      ModelReference model,
      ModelSettings models,
      AnnouncementLog log,
      DataStream<ModelAnnouncement> announcements) {
    return events
        .keyBy(StreamEvent::key, Types.STRING)
        .connect(announcements.broadcast())
        .transform(
            "recurrent", RecordTypes.INFERENCE, new RecurrentOperator(model, settings, models, log))
        .uid(Uids.RECURRENT);
  }

  /**
   * An input that ends at once and never holds the watermark back: the second input of a job
   * without a control topic. One with a control topic has it beside that, so that a savepoint of
   * the former finds every operator in the latter.
   */
  private static DataStream<ModelAnnouncement> noAnnouncements(
      StreamExecutionEnvironment environment) {
    return environment
        .fromSequence(0, 0)
        .name("announcements")
        .uid(Uids.ANNOUNCEMENTS)
        .setParallelism(1)
        .flatMap(new NoAnnouncements())
        .returns(RecordTypes.ANNOUNCEMENT)
        .name("no announcements")
        .uid(Uids.NO_ANNOUNCEMENTS)
        .setParallelism(1);
  }
}
