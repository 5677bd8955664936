import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** LangChain4j's models of OpenAI; GATEWAY says where a gateway listens. */
@Timeout(120)
class LangChain4jTest {
  private static final String BASE = System.getenv("GATEWAY") + "/v1";
  private static final String NAME = System.getenv("MODEL");
  private static final String SUM = "What is seven plus two?";

  private final OpenAiChatModel model = model(NAME);
  private final OpenAiStreamingChatModel streaming =
      OpenAiStreamingChatModel.builder().baseUrl(BASE).apiKey("none").modelName(NAME).build();

  private static OpenAiChatModel model(String name) {
    return OpenAiChatModel.builder()
        .baseUrl(BASE)
        .apiKey("none")
        .modelName(name)
        .maxRetries(0)
        .strictJsonSchema(true)
        .build();
  }

  /** What a stream has said. */
  private static final class Said implements StreamingChatResponseHandler {
    private final StringBuffer text = new StringBuffer();
    private final CompletableFuture<ChatResponse> end = new CompletableFuture<>();

    @Override
    public void onPartialResponse(String piece) {
      text.append(piece);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      end.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      end.completeExceptionally(error);
    }
  }

  private Said stream(ChatRequest request) {
    Said said = new Said();
    streaming.chat(request, said);
    return said;
  }

  private static ChatRequest.Builder ask(String text) {
    return ChatRequest.builder().messages(UserMessage.from(text));
  }

  @Test
  void aWholeAnswer() {
    ChatResponse response = model.chat(ask(SUM).build());
    assertThat(response.aiMessage().text()).isEqualTo("Seven plus two is nine.");
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(response.tokenUsage().totalTokenCount()).isPositive();
  }

  @Test
  void aDialogueThatGoesOn() {
    AiMessage first = model.chat(ask("My name is Sofia.").build()).aiMessage();
    ChatResponse second =
        model.chat(
            UserMessage.from("My name is Sofia."), first, UserMessage.from("Who am I?"));
    assertThat(second.aiMessage().text()).contains("Sofia");
  }

  @Test
  void aStream() throws Exception {
    Said said = stream(ask(SUM).build());
    ChatResponse response = said.end.get(60, TimeUnit.SECONDS);
    assertThat(said.text).hasToString("Seven plus two is nine.");
    assertThat(response.aiMessage().text()).isEqualTo("Seven plus two is nine.");
    assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(response.tokenUsage().outputTokenCount()).isPositive();
  }

  private static ChatRequest withTool() {
    return ask(SUM)
        .toolSpecifications(
            ToolSpecification.builder()
                .name("add")
                .description("Adds to a number.")
                .parameters(
                    JsonObjectSchema.builder()
                        .addEnumProperty("a", List.of("one", "two"))
                        .required("a")
                        .additionalProperties(false)
                        .build())
                .build())
        .toolChoice(ToolChoice.REQUIRED)
        .build();
  }

  @Test
  void callsOfToolsWholeAndStreamedAndWhatCameOfThem() throws Exception {
    ChatResponse whole = model.chat(withTool());
    ChatResponse streamed = stream(withTool()).end.get(60, TimeUnit.SECONDS);
    for (ChatResponse response : new ChatResponse[] {whole, streamed}) {
      ToolExecutionRequest call = response.aiMessage().toolExecutionRequests().get(0);
      assertThat(call.name()).isEqualTo("add");
      assertThat(call.arguments()).matches("\\{\\s*\"a\"\\s*:\\s*\"(one|two)\"\\s*}");
      assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    }
    ToolExecutionRequest call = whole.aiMessage().toolExecutionRequests().get(0);
    ChatResponse after =
        model.chat(
            ChatRequest.builder()
                .messages(
                    UserMessage.from(SUM),
                    whole.aiMessage(),
                    ToolExecutionResultMessage.from(call, "9"))
                .toolSpecifications(withTool().toolSpecifications())
                .toolChoice(ToolChoice.AUTO)
                .build());
    assertThat(after.finishReason()).isNotNull();
  }

  @Test
  void anAnswerOfASchema() {
    ChatResponse response =
        model.chat(
            ask(SUM)
                .responseFormat(
                    ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(
                            JsonSchema.builder()
                                .name("answer")
                                .rootElement(
                                    JsonObjectSchema.builder()
                                        .addBooleanProperty("even")
                                        .required("even")
                                        .additionalProperties(false)
                                        .build())
                                .build())
                        .build())
                .build());
    assertThat(response.aiMessage().text()).matches("\\{\\s*\"even\"\\s*:\\s*(true|false)\\s*}");
  }

  @Test
  void whatSamplingTakes() {
    ChatResponse response =
        model.chat(
            ChatRequest.builder()
                .messages(SystemMessage.from("Be brief."), UserMessage.from(SUM))
                .temperature(0.5)
                .topP(0.9)
                .maxOutputTokens(3)
                .frequencyPenalty(0.1)
                .presencePenalty(0.1)
                .stopSequences(List.of("\n\n"))
                .build());
    assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void errorsAreThoseOfTheClient() {
    assertThatThrownBy(() -> model("gpt-5").chat(SUM)).isInstanceOf(ModelNotFoundException.class);
    ChatRequest hot = ask(SUM).temperature(1000.0).build();
    assertThatThrownBy(() -> model.chat(hot))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("temperature");
    assertThatThrownBy(() -> stream(hot).end.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InvalidRequestException.class);
  }
}
