package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.jobs.json.JsonRecord;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/** A report for programs. Shares are from 0 to 1. */
public final class ReportJson {
  private ReportJson() {}

  public static String of(Report report) {
    ObjectNode json = JsonRecord.empty().put("model", report.model());
    ObjectNode groups = json.putObject("groups");
    for (Report.Group group : report.groups()) {
      ObjectNode object = groups.putObject(group.name()).put("questions", group.questions());
      for (Report.Figure figure : group.figures().values()) {
        object.put(figure.metric(), figure.value());
        if (!Double.isNaN(figure.error())) {
          object.put(figure.metric() + "_stderr", figure.error());
        }
      }
    }
    ObjectNode letters = json.putObject("dead_letters");
    report.letters().forEach(letters::put);
    return new String(JsonRecord.write(json), StandardCharsets.UTF_8) + "\n";
  }
}
