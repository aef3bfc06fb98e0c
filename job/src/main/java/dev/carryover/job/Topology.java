package dev.carryover.job;

import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.operator.OperatorSettings;
import dev.carryover.job.operator.RecurrentOperator;
import dev.carryover.job.operator.SideOutputs;
import dev.carryover.job.output.DeadLetters;
import dev.carryover.job.output.KafkaSinks;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.source.EventSource;
import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The graph of the job:
 *
 * <pre>
 * events -> rejections -> keyBy(key) -> recurrent -> inferences, alerts
 *               |                        ^    |
 *               v          announcements +    +-> late, dead letters
 *          dead letters
 * </pre>
 */
public final class Topology {
  private Topology() {}

  /**
   * Adds the whole job, from Kafka to Kafka, to an environment.
   *
   * @throws ConfigurationException if a mapping or a schema cannot be used
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
    SingleOutputStreamOperator<Inference> inferences =
        recurrent(usable, OperatorSettings.from(configuration), model);
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

  /**
   * The middle of the job, for any source and sink: usable events in, inferences out, the rest in
   * {@link SideOutputs}.
   */
  public static SingleOutputStreamOperator<Inference> recurrent(
      DataStream<StreamEvent> events, OperatorSettings settings, ModelReference model) {
    StreamExecutionEnvironment environment = events.getExecutionEnvironment();
    TypeInformation<ModelAnnouncement> announcementType =
        new AvroTypeInfo<>(ModelAnnouncement.class);
    // The place of the control topic: an input that ends at once and never holds the watermark
    // back.
    DataStream<ModelAnnouncement> announcements =
        environment
            .fromSequence(0, 0)
            .name("announcements")
            .uid(Uids.ANNOUNCEMENTS)
            .setParallelism(1)
            .flatMap(new NoAnnouncements())
            .returns(announcementType)
            .name("no announcements")
            .uid(Uids.NO_ANNOUNCEMENTS)
            .setParallelism(1);
    return events
        .keyBy(StreamEvent::key, Types.STRING)
        .connect(announcements.broadcast())
        .transform("recurrent", RecordTypes.INFERENCE, new RecurrentOperator(model, settings))
        .uid(Uids.RECURRENT);
  }
}
