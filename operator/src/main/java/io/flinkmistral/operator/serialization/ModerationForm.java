package io.flinkmistral.operator.serialization;

import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import io.flinkmistral.protocol.Verdict;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The serialised form of what is judged, and of what was. */
final class ModerationForm {
  private ModerationForm() {}

  static void write(Moderation moderation, DataOutputView out) throws IOException {
    Wire.writeText(moderation.judged().wireName(), out);
    Wire.writeText(moderation.action().wireName(), out);
    Wire.writeText(moderation.rubric(), out);
    out.writeDouble(moderation.threshold());
    writeMap(moderation.thresholds(), (least, o) -> o.writeDouble(least), out);
    Wire.writeList(moderation.categories(), Wire::writeText, out);
  }

  static Moderation read(DataInputView in) throws IOException {
    String judged = Wire.readText(in);
    String action = Wire.readText(in);
    return new Moderation(
        Moderation.Judged.ofWireName(judged)
            .orElseThrow(() -> new IOException("a request has the unknown text " + judged)),
        Moderation.Action.ofWireName(action)
            .orElseThrow(() -> new IOException("a request has the unknown action " + action)),
        Wire.readText(in),
        in.readDouble(),
        readMap(DataInputView::readDouble, in),
        Wire.readList(Wire::readText, in));
  }

  static void writeReport(ModerationReport report, DataOutputView out) throws IOException {
    Wire.writeOptional(report.prompt(), ModerationForm::writeJudgement, out);
    Wire.writeOptional(report.answer(), ModerationForm::writeJudgement, out);
  }

  static ModerationReport readReport(DataInputView in) throws IOException {
    return new ModerationReport(
        Wire.readOptional(ModerationForm::readJudgement, in),
        Wire.readOptional(ModerationForm::readJudgement, in));
  }

  private static void writeJudgement(Judgement judgement, DataOutputView out) throws IOException {
    Verdict verdict = judgement.verdict();
    out.writeBoolean(verdict.flagged());
    writeMap(verdict.categories(), (flagged, o) -> o.writeBoolean(flagged), out);
    writeMap(verdict.scores(), (score, o) -> o.writeDouble(score), out);
    out.writeInt(judgement.tokens());
  }

  private static Judgement readJudgement(DataInputView in) throws IOException {
    return new Judgement(
        new Verdict(
            in.readBoolean(),
            readMap(DataInputView::readBoolean, in),
            readMap(DataInputView::readDouble, in)),
        in.readInt());
  }

  /** In their order. */
  private static <T> void writeMap(Map<String, T> map, Wire.Writer<T> value, DataOutputView out)
      throws IOException {
    Wire.writeList(
        List.copyOf(map.entrySet()),
        (entry, o) -> {
          Wire.writeText(entry.getKey(), o);
          value.write(entry.getValue(), o);
        },
        out);
  }

  private static <T> Map<String, T> readMap(Wire.Reader<T> value, DataInputView in)
      throws IOException {
    int size = in.readInt();
    Map<String, T> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      map.put(Wire.readText(in), value.read(in));
    }
    return map;
  }
}
