package dev.carryover.tests.stream;

import dev.carryover.job.Topology;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.config.JobOptions;
import dev.carryover.job.control.ControlRecord;
import dev.carryover.job.control.ControlTopic;
import dev.carryover.job.control.KafkaAnnouncementLog;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.events.StreamEventTypeInfo;
import dev.carryover.job.models.LoadedModels;
import dev.carryover.job.models.ModelReference;
import dev.carryover.job.models.ModelRejectedException;
import dev.carryover.job.models.ModelSettings;
import dev.carryover.job.output.KafkaSinks;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.serving.OperatorSettings;
import dev.carryover.job.serving.SideOutputs;
import dev.carryover.job.source.EventSource;
import dev.carryover.runtime.kernels.KernelChoice;
import dev.carryover.schemas.Event;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import dev.carryover.schemas.RecordCodec;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job from Kafka to Kafka with something that fails before and after the operator, with its
 * control topic where it has one.
 */
public final class FailingJob {
  private FailingJob() {}

  /** The job, which suffers some failures. */
  public static StreamExecutionEnvironment build(TestingJob job, Failures failures)
      throws Exception {
    JobConfiguration configuration = job.configuration();
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(
            Configuration.fromMap(job.build().getConfiguration().toMap()));
    DataStream<StreamEvent> events =
        environment
            .fromSource(
                EventSource.builder(configuration).build(),
                EventSource.watermarks(configuration),
                "events")
            .uid("events")
            .map(failures.<StreamEvent>function(FailingJob::identity))
            .returns(new StreamEventTypeInfo())
            .uid("fails-before");
    SingleOutputStreamOperator<Inference> inferences =
        configuration.isSet(JobOptions.MODELS_TOPIC)
            ? announced(configuration, events, failures)
            : Topology.recurrent(
                events, OperatorSettings.from(configuration), reference(configuration));
    inferences
        .map(failures.<Inference>function(FailingJob::identity))
        .returns(RecordTypes.INFERENCE)
        .uid("fails-after")
        .sinkTo(KafkaSinks.inferences(configuration))
        .uid("inferences");
    return environment;
  }

  private static ModelReference reference(JobConfiguration configuration) throws Exception {
    String model = configuration.modelUri();
    return new ModelReference(
        model,
        LoadedModels.read(model).sha256(),
        configuration.get(JobOptions.MODEL_REVISION),
        KernelChoice.AUTO);
  }

  private static SingleOutputStreamOperator<Inference> announced(
      JobConfiguration configuration, DataStream<StreamEvent> events, Failures failures)
      throws Exception {
    DataStream<ModelAnnouncement> announcements =
        events
            .getExecutionEnvironment()
            .fromSource(
                ControlTopic.source(configuration),
                WatermarkStrategy.noWatermarks(),
                "control topic")
            .uid("control-topic")
            .setParallelism(1)
            .map(FailingJob::decode)
            .returns(RecordTypes.ANNOUNCEMENT)
            .uid("decoder")
            .setParallelism(1)
            .map(failures.<ModelAnnouncement>announcements())
            .returns(RecordTypes.ANNOUNCEMENT)
            .uid("holds-up")
            .setParallelism(1);
    ModelSettings models =
        new ModelSettings(
            true,
            configuration.allowedLocations(),
            null,
            configuration.get(JobOptions.MODELS_MAXIMUM_SIZE).getBytes(),
            configuration.get(JobOptions.MODELS_LOAD_TIMEOUT).toMillis(),
            configuration.get(JobOptions.MODELS_MAXIMUM_RESIDENT),
            configuration.get(JobOptions.MODELS_REPLAY_LENGTH),
            false,
            false);
    SingleOutputStreamOperator<Inference> inferences =
        Topology.recurrent(
            events,
            OperatorSettings.from(configuration),
            reference(configuration),
            models,
            KafkaAnnouncementLog.of(configuration),
            announcements);
    inferences
        .getSideOutput(SideOutputs.MODEL_STATUS)
        .sinkTo(KafkaSinks.modelStatuses(configuration))
        .uid("model-statuses");
    return inferences;
  }

  private static ModelAnnouncement decode(ControlRecord record) throws ModelRejectedException {
    return record.announcement(RecordCodec.of(ModelAnnouncement.class));
  }

  /** What a failure at an event is planned by. */
  public static String identity(Event event) {
    return event.getKey() + "@" + event.getTimestampMs();
  }

  /** What a failure at an inference is planned by. */
  public static String identity(Inference inference) {
    return inference.getKey() + "@" + inference.getSequenceStartMs() + "#" + inference.getStep();
  }

  private static String identity(StreamEvent event) {
    return event.key() + "@" + event.timestampMs();
  }
}
