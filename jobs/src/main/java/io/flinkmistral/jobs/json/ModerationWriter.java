package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.ModerationReport;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import io.flinkmistral.protocol.Verdict;
import tools.jackson.core.JsonGenerator;

/** What was judged, as answers say it: of each text, whether it is flagged, and for what. */
final class ModerationWriter {
  private ModerationWriter() {}

  static void write(JsonGenerator json, ModerationReport report) {
    json.writeObjectPropertyStart(Moderation.PARAMETER);
    json.writeBooleanProperty("flagged", report.isFlagged());
    report.prompt().ifPresent(judgement -> write(json, "prompt", judgement));
    report.answer().ifPresent(judgement -> write(json, "answer", judgement));
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String text, Judgement judgement) {
    Verdict verdict = judgement.verdict();
    json.writeObjectPropertyStart(text);
    json.writeBooleanProperty("flagged", verdict.flagged());
    json.writeObjectPropertyStart("categories");
    verdict.categories().forEach(json::writeBooleanProperty);
    json.writeEndObject();
    json.writeObjectPropertyStart("category_scores");
    verdict.scores().forEach(json::writeNumberProperty);
    json.writeEndObject();
    json.writeNumberProperty("tokens", judgement.tokens());
    json.writeEndObject();
  }
}
