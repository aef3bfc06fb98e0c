package dev.carryover.tests.bench.pipeline;

import dev.carryover.job.CarryoverJob;
import dev.carryover.job.config.ConfigurationException;
import dev.carryover.job.config.JobConfiguration;
import dev.carryover.job.events.StreamEvent;
import dev.carryover.job.output.KafkaSinks;
import dev.carryover.job.output.RecordTypes;
import dev.carryover.job.source.EventSource;
import dev.carryover.tests.bench.operator.PassThroughOperator;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The two jobs that stand side by side. */
enum JobKind {
  /** The job as it is run in production. */
  WITH_MODEL("with the model") {
    @Override
    StreamExecutionEnvironment build(JobConfiguration configuration, int stateFloats)
        throws ConfigurationException {
      return CarryoverJob.build(configuration);
    }
  },

  /**
   * The same source, the same key, a {@code float[H]} of each key that is read, changed and written
   * back, a record of the same shape, the same sink, the same Flink options; no dead letters.
   */
  PASS_THROUGH("pass-through") {
    @Override
    StreamExecutionEnvironment build(JobConfiguration configuration, int stateFloats)
        throws ConfigurationException {
      Configuration flink =
          Configuration.fromMap(CarryoverJob.build(configuration).getConfiguration().toMap());
      StreamExecutionEnvironment environment =
          StreamExecutionEnvironment.getExecutionEnvironment(flink);
      environment
          .fromSource(
              EventSource.builder(configuration).build(),
              EventSource.watermarks(configuration),
              "events")
          .uid("events")
          .keyBy(StreamEvent::key, Types.STRING)
          .connect(environment.fromSequence(0, 0).uid("nothing").setParallelism(1).broadcast())
          .transform(
              "pass-through", RecordTypes.INFERENCE, new PassThroughOperator(stateFloats, EXPECTED))
          .uid("pass-through")
          .sinkTo(KafkaSinks.inferences(configuration))
          .uid("inferences");
      return environment;
    }
  };

  /** As many tokens as an inference names by default. */
  private static final int EXPECTED = 3;

  private final String words;

  JobKind(String words) {
    this.words = words;
  }

  /** What a report calls it. */
  String words() {
    return words;
  }

  /** The job, ready to be submitted. */
  abstract StreamExecutionEnvironment build(JobConfiguration configuration, int stateFloats)
      throws ConfigurationException;
}
