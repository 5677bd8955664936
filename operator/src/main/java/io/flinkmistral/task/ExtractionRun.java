package io.flinkmistral.task;

import io.flinkmistral.generation.Completion;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers that are fields. */
record ExtractionRun(CompletionRun answers, FieldType.Row schema) implements TaskRun<Completion> {

  static ExtractionRun of(TaskModel model, PromptTemplate template, ExtractionTask task) {
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
