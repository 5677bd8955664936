package io.flinkmistral.enrichment;

import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Verdict;
import io.flinkmistral.task.prompt.Provenance;
import io.flinkmistral.task.work.TaskResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Results, serialised. */
final class ResultForm {
  /** Codes never change. */
  private static final int TEXT = 1;

  private static final int LABEL = 2;
  private static final int LABELS = 3;
  private static final int FIELDS = 4;
  private static final int SCORE = 5;
  private static final int VECTOR = 6;
  private static final int MODERATION = 7;
  private static final int NO_REASON = 0;

  private ResultForm() {}

  static void write(TaskResult result, DataOutputView out) throws IOException {
    switch (result) {
      case TaskResult.Text text -> {
        out.writeByte(TEXT);
        ValueForm.writeText(text.text(), out);
      }
      case TaskResult.Label label -> {
        out.writeByte(LABEL);
        ValueForm.write(label.label().orElse(null), out);
        writeProbabilities(label.probabilities(), out);
      }
      case TaskResult.Labels labels -> {
        out.writeByte(LABELS);
        out.writeInt(labels.labels().size());
        for (String label : labels.labels()) {
          ValueForm.writeText(label, out);
        }
        writeProbabilities(labels.probabilities(), out);
      }
      case TaskResult.Fields fields -> {
        out.writeByte(FIELDS);
        ValueForm.writeMap(fields.values(), out);
        ValueForm.writeText(fields.json(), out);
      }
      case TaskResult.Score score -> {
        out.writeByte(SCORE);
        out.writeDouble(score.logLikelihood());
        out.writeInt(score.tokens().size());
        for (double token : score.tokens()) {
          out.writeDouble(token);
        }
      }
      case TaskResult.Moderation moderation -> {
        out.writeByte(MODERATION);
        out.writeBoolean(moderation.verdict().flagged());
        writeCategories(moderation.verdict().categories(), out);
        writeProbabilities(moderation.verdict().scores(), out);
      }
      case TaskResult.Vector vector -> {
        out.writeByte(VECTOR);
        out.writeInt(vector.values().length);
        for (float value : vector.values()) {
          out.writeFloat(value);
        }
      }
    }
    writeProvenance(result.provenance(), out);
  }

  static TaskResult read(DataInputView in) throws IOException {
    int code = in.readUnsignedByte();
    return switch (code) {
      case TEXT -> new TaskResult.Text(ValueForm.readText(in), readProvenance(in));
      case LABEL -> {
        Optional<String> label = Optional.ofNullable((String) ValueForm.read(in));
        yield new TaskResult.Label(label, readProbabilities(in), readProvenance(in));
      }
      case LABELS -> {
        int size = in.readInt();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          labels.add(ValueForm.readText(in));
        }
        yield new TaskResult.Labels(List.copyOf(labels), readProbabilities(in), readProvenance(in));
      }
      case FIELDS ->
          new TaskResult.Fields(ValueForm.readMap(in), ValueForm.readText(in), readProvenance(in));
      case SCORE -> new TaskResult.Score(in.readDouble(), readNumbers(in), readProvenance(in));
      case VECTOR -> {
        float[] values = new float[in.readInt()];
        for (int i = 0; i < values.length; i++) {
          values[i] = in.readFloat();
        }
        yield new TaskResult.Vector(values, readProvenance(in));
      }
      case MODERATION ->
          new TaskResult.Moderation(
              new Verdict(in.readBoolean(), readCategories(in), readProbabilities(in)),
              readProvenance(in));
      default -> throw new IOException("unknown code of a result: " + code);
    };
  }

  private static List<Double> readNumbers(DataInputView in) throws IOException {
    int size = in.readInt();
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      numbers.add(in.readDouble());
    }
    return List.copyOf(numbers);
  }

  private static void writeProbabilities(Map<String, Double> map, DataOutputView out)
      throws IOException {
    out.writeInt(map.size());
    for (Map.Entry<String, Double> entry : map.entrySet()) {
      ValueForm.writeText(entry.getKey(), out);
      out.writeDouble(entry.getValue());
    }
  }

  private static Map<String, Double> readProbabilities(DataInputView in) throws IOException {
    int size = in.readInt();
    Map<String, Double> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      map.put(ValueForm.readText(in), in.readDouble());
    }
    return Collections.unmodifiableMap(map);
  }

  private static void writeCategories(Map<String, Boolean> map, DataOutputView out)
      throws IOException {
    out.writeInt(map.size());
    for (Map.Entry<String, Boolean> entry : map.entrySet()) {
      ValueForm.writeText(entry.getKey(), out);
      out.writeBoolean(entry.getValue());
    }
  }

  private static Map<String, Boolean> readCategories(DataInputView in) throws IOException {
    int size = in.readInt();
    Map<String, Boolean> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      map.put(ValueForm.readText(in), in.readBoolean());
    }
    return map;
  }

  private static void writeProvenance(Provenance provenance, DataOutputView out)
      throws IOException {
    ValueForm.writeText(provenance.model(), out);
    ValueForm.writeText(provenance.promptHash(), out);
    out.writeInt(provenance.promptTokens());
    out.writeInt(provenance.completionTokens());
    out.writeBoolean(provenance.truncated());
    out.writeByte(provenance.finishReason().map(FinishReason::code).orElse(NO_REASON));
  }

  private static Provenance readProvenance(DataInputView in) throws IOException {
    return new Provenance(
        ValueForm.readText(in),
        ValueForm.readText(in),
        in.readInt(),
        in.readInt(),
        in.readBoolean(),
        readReason(in.readUnsignedByte()));
  }

  private static Optional<FinishReason> readReason(int code) {
    return code == NO_REASON ? Optional.empty() : Optional.of(FinishReason.ofCode(code));
  }
}
