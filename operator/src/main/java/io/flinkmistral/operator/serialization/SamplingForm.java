package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of how tokens are chosen, and of where they end. */
final class SamplingForm {
  private SamplingForm() {}

  static void write(SamplingParams sampling, DataOutputView out) throws IOException {
    out.writeDouble(sampling.temperature());
    out.writeDouble(sampling.topP());
    out.writeInt(sampling.topK());
    out.writeDouble(sampling.minP());
    out.writeBoolean(sampling.seed().isPresent());
    out.writeLong(sampling.seed().orElse(0));
    out.writeDouble(sampling.typicalP());
    Penalties penalties = sampling.penalties();
    out.writeDouble(penalties.presence());
    out.writeDouble(penalties.frequency());
    out.writeDouble(penalties.repetition());
    out.writeInt(penalties.repeatLastN());
    Wire.writeList(
        List.copyOf(sampling.logitBias().entrySet()),
        (bias, o) -> {
          o.writeInt(bias.getKey());
          o.writeFloat(bias.getValue());
        },
        out);
    Wire.writeList(sampling.badWords(), Wire::writeText, out);
  }

  static SamplingParams read(DataInputView in) throws IOException {
    SamplingParams first = readFirstFields(in);
    double typicalP = in.readDouble();
    Penalties penalties =
        new Penalties(in.readDouble(), in.readDouble(), in.readDouble(), in.readInt());
    return new SamplingParams(
        first.temperature(),
        first.topP(),
        first.topK(),
        first.minP(),
        typicalP,
        penalties,
        readBias(in),
        Wire.readList(Wire::readText, in),
        first.seed());
  }

  /** Those that all versions have. */
  static SamplingParams readFirstFields(DataInputView in) throws IOException {
    double temperature = in.readDouble();
    double topP = in.readDouble();
    int topK = in.readInt();
    double minP = in.readDouble();
    boolean seeded = in.readBoolean();
    long seed = in.readLong();
    return new SamplingParams(
        temperature, topP, topK, minP, seeded ? OptionalLong.of(seed) : OptionalLong.empty());
  }

  private static SortedMap<Integer, Float> readBias(DataInputView in) throws IOException {
    int size = in.readInt();
    SortedMap<Integer, Float> bias = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      bias.put(in.readInt(), in.readFloat());
    }
    return bias;
  }

  static void write(StopConditions stop, DataOutputView out) throws IOException {
    writeMaxTokens(stop.maxTokens(), out);
    out.writeInt(stop.minTokens());
    Wire.writeList(stop.texts(), Wire::writeText, out);
    Wire.writeList(stop.tokenIds(), (id, o) -> o.writeInt(id), out);
    out.writeBoolean(stop.ignoreEos());
  }

  static StopConditions readStop(DataInputView in) throws IOException {
    return new StopConditions(
        readMaxTokens(in),
        in.readInt(),
        Wire.readList(Wire::readText, in),
        Wire.readList(DataInputView::readInt, in),
        in.readBoolean());
  }

  private static void writeMaxTokens(OptionalInt maxTokens, DataOutputView out) throws IOException {
    out.writeInt(maxTokens.orElse(0));
  }

  static OptionalInt readMaxTokens(DataInputView in) throws IOException {
    int maxTokens = in.readInt();
    return maxTokens == 0 ? OptionalInt.empty() : OptionalInt.of(maxTokens);
  }
}
