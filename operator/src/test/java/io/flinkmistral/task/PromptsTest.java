package io.flinkmistral.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.task.ClassificationTask.Any;
import io.flinkmistral.task.ClassificationTask.Example;
import io.flinkmistral.task.ClassificationTask.Label;
import io.flinkmistral.task.field.FieldType;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.PromptText;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.LabelAnswers;
import io.flinkmistral.task.work.TaskResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What models are told. */
@Timeout(120)
class PromptsTest {
  private static final String REVIEW = "I love this lamp, but it is too small.";

  @Test
  void promptsOfATextGiveResultsOfTheirForm() throws Exception {
    try (LanguageModel model = TinyTasks.model();
        TaskRunner tasks = new TaskRunner(model, TinyTasks.SETTINGS)) {
      assertThat(run(tasks, Prompts.sentiment()))
          .isInstanceOfSatisfying(
              TaskResult.Label.class,
              result ->
                  assertThat(result.probabilities().keySet())
                      .containsExactly("positive", "negative", "neutral", "mixed"));
      assertThat(run(tasks, Prompts.summarize(2)))
          .isInstanceOfSatisfying(
              TaskResult.Text.class,
              result -> assertThat(result.provenance().completionTokens()).isBetween(1, 22));
      assertThat(run(tasks, Prompts.classify(List.of(new Label("a", ""), new Label("b", "")))))
          .isInstanceOf(TaskResult.Label.class);
      assertThat(
              run(
                  tasks,
                  Prompts.extract(List.of(FieldType.Field.of("small", new FieldType.Bool())))))
          .isInstanceOfSatisfying(
              TaskResult.Fields.class,
              result -> assertThat(result.values()).containsOnlyKeys("small"));
    }
    assertThatThrownBy(() -> Prompts.summarize(0))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("words must be from 1 to 10000, but is 0");
  }

  private static TaskResult run(TaskRunner tasks, Prompts.Prompted prompted) {
    return tasks
        .bind(prompted.template(), prompted.task(), TaskLimits.DEFAULT)
        .run(Map.of(Prompts.TEXT, REVIEW))
        .join();
  }

  @Test
  void labelsAndExamplesStandBeforeTheRecordsText() {
    ClassificationTask task =
        ClassificationTask.of(List.of(new Label("bill", "money is owed"), new Label("other", "")))
            .withExamples(List.of(Example.of("text", "Pay 5!", "bill")));
    List<ChatMessage> messages = messages(task);
    assertThat(messages)
        .extracting(ChatMessage::role)
        .containsExactly(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER);
    assertThat(messages.getFirst().content())
        .startsWith("Be kind.\n\nClassify")
        .endsWith("\n- bill: money is owed\n- other");
    assertThat(messages.subList(1, 4))
        .extracting(ChatMessage::content)
        .containsExactly("Mail: Pay 5!", "bill", "Mail: {{text}}");
  }

  @Test
  void anExampleOfAnyLabelsIsATurnForEach() {
    ClassificationTask task =
        ClassificationTask.of("a", "b")
            .withChoice(new Any(0.5))
            .withExamples(List.of(new Example(Map.of("text", "x"), List.of("b"))));
    assertThat(messages(task).subList(1, 5))
        .extracting(ChatMessage::content)
        .containsExactly("Mail: x", "a: no", "Mail: x", "b: yes");
  }

  @Test
  void anExampleHasTheTemplatesColumnsAndNoOthers() {
    ClassificationTask lacking =
        ClassificationTask.of("a", "b").withExamples(List.of(Example.of("txt", "x", "a")));
    assertThatThrownBy(() -> lacking.requireFits(PromptTemplate.of("Mail: {{text}}")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("an example has the columns [txt]")
        .hasMessageContaining("[text]");
  }

  private static List<ChatMessage> messages(ClassificationTask task) {
    LabelAnswers answers = new LabelAnswers(task);
    PromptText prompts =
        new PromptText(
            PromptTemplate.of("Mail: {{text}}").withSystemPrompt("Be kind."),
            answers.instruction(),
            answers.examples());
    return ((Prompt.Chat) prompts.of(Map.of("text", "{{text}}"))).messages();
  }

  /** Seeds are made of it: another one gives other answers. */
  @Test
  void theHashOfAPromptStaysAsItIs() {
    assertThat(PromptText.hash(new Prompt.Text("é"))).isEqualTo("295d9df952d02a52ef60c8f8f9b5cf9f");
    List<ChatMessage> messages =
        List.of(
            new ChatMessage(Role.SYSTEM, "a"),
            new ChatMessage(Role.USER, "b"),
            new ChatMessage(Role.ASSISTANT, "c"),
            new ChatMessage(Role.USER, "d"));
    assertThat(PromptText.hash(new Prompt.Chat(messages, List.of())))
        .isEqualTo("c9a914a4749e7c850bc2fbd2704dd22b");
  }
}
