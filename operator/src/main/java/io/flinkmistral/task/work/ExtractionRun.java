package io.flinkmistral.task.work;

import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.task.ExtractionTask;
import io.flinkmistral.task.field.FieldInstruction;
import io.flinkmistral.task.field.FieldSchema;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.field.FieldValues;
import io.flinkmistral.task.prompt.ContextRoom;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers that are fields. */
public record ExtractionRun(CompletionRun answers, FieldType.Row schema)
    implements TaskRun<Completion> {

  public static ExtractionRun of(TaskModel model, PromptTemplate template, ExtractionTask task) {
    String instruction = task.shown() ? FieldInstruction.of(task.schema()) : "";
    CompletionRun answers =
        new CompletionRun(
            model,
            new PromptText(template, instruction, List.of()),
            task.decoding(),
            Optional.of(new OutputConstraint.JsonSchema(FieldSchema.of(task.schema()), false)));
    Prompt any = new Prompt.Text("any");
    model.model().requireConstraint(answers.request(any)); // Refused now, and made ready.
    return new ExtractionRun(answers, task.schema());
  }

  @Override
  public PromptText prompts() {
    return answers.prompts();
  }

  @Override
  public CompletionRequest request(Prompt prompt) {
    return answers.request(prompt);
  }

  @Override
  public ContextRoom room(Map<String, String> texts) {
    return answers.room(texts);
  }

  @Override
  public CompletableFuture<Completion> start(FittedPrompt prompt) {
    return answers.start(prompt);
  }

  @Override
  public Function<Completion, TaskResult> result(FittedPrompt prompt) {
    return completion -> {
      if (completion.finishReason() == FinishReason.LENGTH) {
        throw new InvalidRequestException(
            "max_tokens",
            ErrorCode.ANSWER_INCOMPLETE,
            "the fields were not complete after %d tokens: let there be more, or bound texts and lists"
                .formatted(completion.usage().completionTokens()));
      }
      return new TaskResult.Fields(
          FieldValues.of(schema, completion.text()),
          completion.text(),
          CompletionRun.provenance(answers.model(), prompt, completion));
    };
  }
}
