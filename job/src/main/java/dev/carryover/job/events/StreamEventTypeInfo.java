package dev.carryover.job.events;

import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Tells Flink that a {@link StreamEvent} goes through {@link StreamEventSerializer}. */
public final class StreamEventTypeInfo extends TypeInformation<StreamEvent> {
  private static final long serialVersionUID = 1L;

  /** Returns type information; all instances are equal. */
  public StreamEventTypeInfo() {}

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<StreamEvent> getTypeClass() {
    return StreamEvent.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<StreamEvent> createSerializer(SerializerConfig config) {
    return new StreamEventSerializer();
  }

  @Override
  public String toString() {
    return "StreamEvent";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamEventTypeInfo;
  }

  @Override
  public int hashCode() {
    return StreamEventTypeInfo.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof StreamEventTypeInfo;
  }

  /** Lets Flink's type extraction find this type information by itself. */
  public static final class Factory extends TypeInfoFactory<StreamEvent> {
    @Override
    public TypeInformation<StreamEvent> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> genericParameters) {
      return new StreamEventTypeInfo();
    }
  }
}
