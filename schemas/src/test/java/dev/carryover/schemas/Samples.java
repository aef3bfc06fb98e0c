package dev.carryover.schemas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/**
 * Records of every kind by the names of their files among the released ones. A sample has every
 * field of the release it came with set to a value that is not its default. A field added later is
 * left at its default, so that the released bytes still equal the record, and comes with a sample
 * of its own: {@code v2} added ModelAnnouncement-Replay and ModelStatus-Subtask.
 */
final class Samples {

  private Samples() {}

  /** Writes the bytes of every sample into a new release's folder, which is the only argument. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    for (Map.Entry<String, SpecificRecord> sample : all().entrySet()) {
      Files.write(folder.resolve(sample.getKey() + ".bin"), encode(sample.getValue()));
    }
  }

  static Stream<SpecificRecord> stream() {
    return all().values().stream();
  }

  static Map<String, SpecificRecord> all() {
    Map<String, SpecificRecord> samples = new LinkedHashMap<>();
    samples.put("Event", event());
    samples.put("Inference-NextToken", inference(nextToken(), SequenceEnd.END_TOKEN));
    samples.put("Inference-Classification", inference(classification(), SequenceEnd.END_FLAG));
    samples.put("Inference-Regression", inference(regression(), SequenceEnd.INACTIVITY_GAP));
    samples.put("Inference-Transduction", inference(transduction(), SequenceEnd.MAXIMUM_LENGTH));
    samples.put("ModelAnnouncement", modelAnnouncement());
    samples.put("ModelStatus", modelStatus());
    samples.put("DeadLetter", deadLetter());
    samples.put("ModelAnnouncement-Replay", replay());
    samples.put("ModelStatus-Subtask", subtaskStatus());
    return samples;
  }

  static Event event() {
    return Event.newBuilder()
        .setKey("blk_-1608999687919862906")
        .setTimestampMs(1_226_262_935_018L)
        .setSequence(41L)
        .setToken("E5 \u00e9\u4e16\ud83d\ude00")
        .setFeatures(List.of(0f, -0f, 1.5f, Float.MIN_VALUE, -Float.MAX_VALUE))
        .setEnd(true)
        .build();
  }

  static Inference inference(SpecificRecord prediction, SequenceEnd end) {
    return Inference.newBuilder()
        .setKey("blk_-1608999687919862906")
        .setTimestampMs(1_226_262_935_018L)
        .setSequenceStartMs(1_226_262_000_000L)
        .setStep(17)
        .setModelId("hdfs")
        .setRevision(Long.MAX_VALUE)
        .setPrediction(prediction)
        .setSequenceEnd(end)
        .build();
  }

  static NextToken nextToken() {
    return NextToken.newBuilder()
        .setToken("E22")
        .setSurprisalNats(3.25f)
        .setRank(2)
        .setExpected(List.of(new TokenProbability("E5", 0.5f), new TokenProbability("E9", 0.25f)))
        .setNext(List.of(new TokenProbability("<eos>", 0.75f)))
        .build();
  }

  private static Classification classification() {
    return new Classification(
        List.of(new LabelProbability("normal", 0.875f), new LabelProbability("anomaly", 0.125f)));
  }

  private static Regression regression() {
    return new Regression(List.of(-273.15f, 1e-20f));
  }

  private static Transduction transduction() {
    return new Transduction(
        List.of(
            new Hypothesis(
                List.of("HH", "AH", "L"), -0.5f, List.of(List.of(0.75f, 0.25f), List.of(0f, 1f))),
            new Hypothesis(List.of(), -9f, null)));
  }

  private static ModelAnnouncement modelAnnouncement() {
    return ModelAnnouncement.newBuilder()
        .setModelId("hdfs")
        .setRevision(3)
        .setUri("s3://models/hdfs-3.safetensors")
        .setSha256("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        .setSizeBytes(4_000_000_000L)
        .setEffectiveFromMs(1_226_270_000_000L)
        .setStatePolicy(StatePolicy.DRAIN)
        .setSignature(ByteBuffer.wrap(new byte[] {0, 1, -1, 127, -128}))
        .build();
  }

  private static ModelStatus modelStatus() {
    return ModelStatus.newBuilder()
        .setModelId("hdfs")
        .setRevision(3)
        .setTimestampMs(1_226_270_000_001L)
        .setStatus(RevisionStatus.REJECTED)
        .setReason("SHA256_MISMATCH")
        .setDetail("SHA-256 is 9f86, 0a08 was announced; hdfs-3.safetensors; upload it again")
        .build();
  }

  private static ModelAnnouncement replay() {
    return ModelAnnouncement.newBuilder(modelAnnouncement())
        .setStatePolicy(StatePolicy.REPLAY)
        .setReplayLength(128)
        .build();
  }

  private static ModelStatus subtaskStatus() {
    return ModelStatus.newBuilder(modelStatus()).setSubtask(3).setParallelism(5).build();
  }

  private static DeadLetter deadLetter() {
    return DeadLetter.newBuilder()
        .setTopic("events")
        .setPartition(Integer.MAX_VALUE)
        .setOffset(Long.MAX_VALUE)
        .setTimestampMs(-1L)
        .setRecordKey(ByteBuffer.wrap("blk_1".getBytes(StandardCharsets.UTF_8)))
        .setRecordValue(ByteBuffer.wrap(new byte[300]))
        .setReason("UNDECODABLE")
        .setDetail("string of 99 bytes, 3 bytes remain; Event, byte 11 of 14; check its producer")
        .setPart(1)
        .setParts(2)
        .build();
  }

  static <T extends SpecificRecord> byte[] encode(T record) {
    return codecFor(record).encode(record);
  }

  @SuppressWarnings("unchecked")
  static <T extends SpecificRecord> RecordCodec<T> codecFor(T record) {
    return RecordCodec.of((Class<T>) record.getClass());
  }
}
