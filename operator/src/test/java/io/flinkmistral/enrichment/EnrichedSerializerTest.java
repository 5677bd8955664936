package io.flinkmistral.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.prompt.Provenance;
import io.flinkmistral.task.work.TaskResult;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EnrichedSerializerTest {
  private static final Provenance OF =
      new Provenance("fp_1", "hash", 12, 3, true, Optional.of(FinishReason.LENGTH));

  private static final TypeSerializer<Enriched<String>> SERIALIZER =
      new EnrichedSerializer<>(StringSerializer.INSTANCE);

  static Stream<Enriched<String>> enriched() {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    probabilities.put("b", 0.75);
    probabilities.put("a", 0.25);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("b", (byte) 1);
    fields.put("a", null);
    return Stream.of(
        new Enriched.Done<>("r", new TaskResult.Text("t\u00e9xt", OF)),
        new Enriched.Done<>("", new TaskResult.Label(Optional.of("b"), probabilities, OF)),
        new Enriched.Done<>("r", new TaskResult.Label(Optional.empty(), probabilities, OF)),
        new Enriched.Done<>("r", new TaskResult.Labels(List.of("b", "a"), probabilities, OF)),
        new Enriched.Done<>("r", new TaskResult.Fields(fields, "{\"b\":1,\"a\":null}", OF)),
        new Enriched.Done<>("r", new TaskResult.Score(-1.5, List.of(-1.0, -0.5), OF)),
        new Enriched.Done<>(
            "r",
            new TaskResult.Moderation(new Verdict(true, Map.of("b", true), probabilities), OF)),
        new Enriched.Done<>("r", new TaskResult.Vector(new float[] {0.6f, -0.8f}, OF)),
        new Enriched.Done<>(
            "r",
            new TaskResult.Text("", new Provenance("fp_2", "", 0, 0, false, Optional.empty()))),
        new Enriched.Failed<>("r", ErrorCode.DEADLINE_EXCEEDED, "text", "too late"));
  }

  @ParameterizedTest
  @MethodSource("enriched")
  void whatIsWrittenIsRead(Enriched<String> enriched) throws IOException {
    assertThat(SERIALIZER.deserialize(new DataInputDeserializer(bytes(enriched))))
        .isEqualTo(enriched);
    assertThat(SERIALIZER.copy(enriched)).isEqualTo(enriched);
    DataOutputSerializer copied = new DataOutputSerializer(64);
    SERIALIZER.copy(new DataInputDeserializer(bytes(enriched)), copied);
    assertThat(copied.getCopyOfBuffer()).isEqualTo(bytes(enriched));
  }

  @Test
  void anUnknownVersionIsRefused() throws IOException {
    byte[] bytes = bytes(enriched().findFirst().orElseThrow());
    bytes[0] = 2;
    assertThatIOException()
        .isThrownBy(() -> SERIALIZER.deserialize(new DataInputDeserializer(bytes)))
        .withMessage(
            "an enriched record of version 2 cannot be read: this program knows version 1");
  }

  @Test
  void valuesOfFieldsKeepTheirTypes() throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("z", null);
    map.put("a", List.of((byte) 1, (short) 2, 3, 4L));
    List<Object> values =
        Arrays.asList(
            null,
            "text",
            true,
            1.5f,
            -2.5,
            new BigDecimal("12.30"),
            LocalDate.of(2026, 1, 2),
            LocalTime.of(3, 4, 5),
            LocalDateTime.of(2026, 1, 2, 3, 4),
            Instant.ofEpochMilli(1),
            map);
    DataOutputSerializer out = new DataOutputSerializer(64);
    ValueForm.write(values, out);
    assertThat(ValueForm.read(new DataInputDeserializer(out.getCopyOfBuffer()))).isEqualTo(values);
  }

  private static byte[] bytes(Enriched<String> enriched) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    SERIALIZER.serialize(enriched, out);
    return out.getCopyOfBuffer();
  }
}
