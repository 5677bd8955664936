package io.flinkmistral.task.runner;

import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.ClassificationTask.Example;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import io.flinkmistral.task.EmbeddingTask;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.ModerationTask;
import io.flinkmistral.task.ScoringTask;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.work.TaskModel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A digest (SHA-256) of all that results depend on: the model, the task, its limits but for time,
 * and the texts of a record. It is kept in state, and so never changes: each part stands with its
 * length, so that no two lists of parts give the same bytes.
 */
final class TaskDigest {
  private final MessageDigest sha256;

  private TaskDigest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Of all that is the same for all records.
   *
   * @param prompts which also have what this version of the program says to the model for the task
   */
  static String of(TaskModel model, PromptText prompts, PromptTemplate template, Task task) {
    TaskDigest digest = new TaskDigest();
    // Their names stand for the columns' texts: without any, a prompt could be empty.
    Map<String, String> names = new TreeMap<>();
    prompts.columns().forEach(column -> names.put(column, column));
    digest.add(PromptText.hash(prompts.of(names)));
    digest
        .add(model.fingerprint())
        .add(model.contextLimit())
        .add(model.settings().maxTokens())
        .add(model.settings().mostPromptTokens())
        .add(model.limits().overflow())
        .add(template.text())
        .add(template.systemPrompt())
        .add(template.form());
    switch (task) {
      case CompletionTask completion -> digest.add("completion").add(completion.decoding());
      case ClassificationTask labels -> digest.add("classification").add(labels);
      case ExtractionTask fields ->
          digest.add("extraction").add(fields.schema()).add(fields.decoding()).add(fields.shown());
      case ScoringTask score -> digest.add("score").add(score.continuation());
      case EmbeddingTask vector -> digest.add("embedding").add(vector.pooling());
      case ModerationTask moderation -> digest.add("moderation").add(moderation);
    }
    return digest.hex();
  }

  /** Of a record: what is the same for all, and the texts of its columns. */
  static String of(String task, Map<String, String> texts) {
    TaskDigest digest = new TaskDigest().add(task);
    texts.forEach((column, text) -> digest.add(column).add(text));
    return digest.hex();
  }

  private void add(ClassificationTask task) {
    add(task.choice()).add(task.shown()).add(task.labels().size());
    for (Label label : task.labels()) {
      add(label.name()).add(label.description());
    }
    for (Example example : task.examples()) {
      new TreeMap<>(example.columns()).forEach((column, text) -> add(column).add(text));
      addAll(example.labels());
    }
  }

  private void add(ModerationTask task) {
    add(task.rubric().isOneOf()).add(task.threshold()).add(task.thresholds().size());
    task.thresholds().forEach((name, least) -> add(name).add(least));
    addAll(task.rubric().names());
  }

  private TaskDigest add(DecodingSettings decoding) {
    add(decoding.temperature()).add(decoding.topP()).add(decoding.seed()).add(decoding.maxTokens());
    return addAll(decoding.stop());
  }

  private TaskDigest addAll(List<String> texts) {
    add(texts.size());
    texts.forEach(this::add);
    return this;
  }

  /** As Java writes it: of numbers, enums, and records of these. */
  private TaskDigest add(Object value) {
    byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_16BE);
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    sha256.update(bytes);
    return this;
  }

  private String hex() {
    return HexFormat.of().formatHex(sha256.digest());
  }
}
