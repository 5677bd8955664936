package io.flinkmistral.enrichment;

import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's type information of enriched records of a type. */
public final class EnrichedType<T> extends TypeInformation<Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private final TypeInformation<T> record;

  public EnrichedType(TypeInformation<T> record) {
    this.record = record;
  }

  @Override
  public TypeSerializer<Enriched<T>> createSerializer(SerializerConfig config) {
    return new EnrichedSerializer<>(record.createSerializer(config));
  }

  @Override
  @SuppressWarnings("unchecked") // What a class object cannot say.
  public Class<Enriched<T>> getTypeClass() {
    return (Class<Enriched<T>>) (Class<?>) Enriched.class;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public boolean isKeyType() {
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
  public String toString() {
    return "Enriched<" + record + ">";
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof EnrichedType<?>;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EnrichedType<?> that && record.equals(that.record);
  }

  @Override
  public int hashCode() {
    return Objects.hash(record);
  }
}
