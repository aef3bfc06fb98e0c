package dev.carryover.job.output;

import dev.carryover.schemas.DeadLetter;
import dev.carryover.schemas.Inference;
import dev.carryover.schemas.ModelAnnouncement;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;

/** How records travel between the tasks of a job: as Avro, never through Kryo. */
public final class RecordTypes {
  /** The type of inferences. */
  public static final TypeInformation<Inference> INFERENCE = new AvroTypeInfo<>(Inference.class);

  /** The type of dead letters. */
  public static final TypeInformation<DeadLetter> DEAD_LETTER =
      new AvroTypeInfo<>(DeadLetter.class);

  /** The type of announcements. */
  public static final TypeInformation<ModelAnnouncement> ANNOUNCEMENT =
      new AvroTypeInfo<>(ModelAnnouncement.class);

  private RecordTypes() {}
}
