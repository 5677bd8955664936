import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

/** Spring AI's model of OpenAI; GATEWAY says where a gateway listens. */
@Timeout(120)
class SpringAiTest {
  private static final String SUM = "What is seven plus two?";

  private final OpenAiChatModel model = OpenAiChatModel.builder().options(options().build()).build();

  private static OpenAiChatOptions.Builder options() {
    OpenAiChatOptions.Builder options = OpenAiChatOptions.builder();
    options
        .baseUrl(System.getenv("GATEWAY") + "/v1")
        .apiKey("none")
        .maxRetries(0)
        .model(System.getenv("MODEL"));
    return options;
  }

  private static String text(ChatResponse response) {
    return response.getResult().getOutput().getText();
  }

  @Test
  void aWholeAnswer() {
    ChatResponse response = model.call(new Prompt(SUM));
    assertThat(text(response)).isEqualTo("Seven plus two is nine.");
    assertThat(response.getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("stop");
    assertThat(response.getMetadata().getUsage().getTotalTokens()).isPositive();
  }

  @Test
  void aDialogueThatGoesOn() {
    UserMessage first = new UserMessage("My name is Sofia.");
    AssistantMessage answer = model.call(new Prompt(first)).getResult().getOutput();
    assertThat(text(model.call(new Prompt(List.of(first, answer, new UserMessage("Who am I?"))))))
        .contains("Sofia");
  }

  @Test
  void aStream() {
    List<ChatResponse> pieces = model.stream(new Prompt(SUM)).collectList().block();
    assertThat(
            pieces.stream()
                .filter(piece -> piece.getResult() != null)
                .map(SpringAiTest::text)
                .filter(text -> text != null)
                .collect(Collectors.joining()))
        .isEqualTo("Seven plus two is nine.");
  }

  /** A tool that says what it was called with. */
  private static final class Adding implements ToolCallback {
    @Override
    public ToolDefinition getToolDefinition() {
      return ToolDefinition.builder()
          .name("add")
          .description("Adds to a number.")
          .inputSchema(
              "{\"type\": \"object\", \"properties\": {\"a\": {\"enum\": [\"one\", \"two\"]}},"
                  + " \"required\": [\"a\"], \"additionalProperties\": false}")
          .build();
    }

    @Override
    public String call(String arguments) {
      return arguments;
    }
  }

  @Test
  void callsOfTools() {
    OpenAiChatOptions.Builder options = options();
    options.toolCallbacks(new Adding());
    options.toolChoice("required").parallelToolCalls(false);
    ChatResponse response = model.call(new Prompt(SUM, options.build()));
    AssistantMessage.ToolCall call = response.getResult().getOutput().getToolCalls().get(0);
    assertThat(call.name()).isEqualTo("add");
    assertThat(call.arguments()).matches("\\{\\s*\"a\"\\s*:\\s*\"(one|two)\"\\s*}");
  }

  @Test
  void anAnswerOfASchema() {
    OpenAiChatOptions.Builder options = options();
    options.outputSchema(
        "{\"type\": \"object\", \"properties\": {\"even\": {\"type\": \"boolean\"}},"
            + " \"required\": [\"even\"], \"additionalProperties\": false}");
    assertThat(text(model.call(new Prompt(SUM, options.build()))))
        .matches("\\{\\s*\"even\"\\s*:\\s*(true|false)\\s*}");
  }

  @Test
  void whatSamplingTakes() {
    OpenAiChatOptions.Builder options = options();
    options
        .temperature(0.5)
        .topP(0.9)
        .maxTokens(3)
        .seed(1)
        .stop(List.of("\n\n"))
        .user("u")
        .store(false)
        .metadata(Map.of("a", "b"));
    ChatResponse response = model.call(new Prompt(SUM, options.build()));
    assertThat(response.getResult().getMetadata().getFinishReason()).isEqualToIgnoringCase("length");
  }

  @Test
  void errorsAreThoseOfTheClient() {
    OpenAiChatOptions.Builder other = options();
    other.model("gpt-5");
    assertThatThrownBy(() -> model.call(new Prompt(SUM, other.build())))
        .isInstanceOf(NotFoundException.class);
    OpenAiChatOptions.Builder many = options();
    many.n(99);
    assertThatThrownBy(() -> model.call(new Prompt(SUM, many.build())))
        .isInstanceOf(BadRequestException.class);
    assertThatThrownBy(() -> model.stream(new Prompt(SUM, many.build())).collectList().block())
        .hasStackTraceContaining("99");
  }
}
