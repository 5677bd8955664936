import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import java.util.Iterator;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's own client for Java; GATEWAY says where a gateway listens. */
@Timeout(120)
class OpenAiJavaTest {
  private static final String SUM = "What is seven plus two?";
  private static final String STORY = "Tell me a story about a pink owl called Ben.";

  private static OpenAIClient client;
  private static String model;

  @BeforeAll
  static void open() {
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl(System.getenv("GATEWAY") + "/v1")
            .apiKey("none")
            .maxRetries(0)
            .build();
    model = client.models().list().data().get(0).id();
  }

  @AfterAll
  static void close() {
    client.close();
  }

  /** An answer of a form. */
  static class Parity {
    public boolean even;
  }

  private static ChatCompletionCreateParams.Builder chat(String text) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage(text);
  }

  private static String text(ChatCompletion answer) {
    return answer.choices().get(0).message().content().orElse("");
  }

  @Test
  void aWholeAnswer() {
    ChatCompletion answer = client.chat().completions().create(chat(SUM).build());
    answer.validate();
    assertThat(text(answer)).isEqualTo("Seven plus two is nine.");
    assertThat(answer.choices().get(0).finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    assertThat(answer.usage().get().totalTokens()).isPositive();
  }

  @Test
  void aStreamPutTogetherByTheClient() {
    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    String pieces;
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(
                chat(SUM)
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      pieces =
          stream.stream()
              .peek(ChatCompletionChunk::validate)
              .peek(all::accumulate)
              .flatMap(chunk -> chunk.choices().stream())
              .flatMap(choice -> choice.delta().content().stream())
              .collect(Collectors.joining());
    }
    assertThat(pieces).isEqualTo("Seven plus two is nine.");
    assertThat(text(all.chatCompletion())).isEqualTo(pieces);
    assertThat(all.chatCompletion().usage().get().completionTokens()).isPositive();
  }

  @Test
  void severalAnswersWithTheirProbabilities() {
    ChatCompletion answer =
        client
            .chat()
            .completions()
            .create(chat(SUM).n(2).seed(1).temperature(1).logprobs(true).topLogprobs(2).build());
    answer.validate();
    assertThat(answer.choices()).hasSize(2);
    assertThat(answer.choices().get(1).logprobs().get().content().get().get(0).topLogprobs())
        .hasSize(2);
  }

  /** A tool. */
  static class Add {
    public boolean twice;
  }

  @Test
  void callsOfToolsWholeAndStreamed() {
    ChatCompletionCreateParams params =
        chat(SUM)
            .addTool(Add.class)
            .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
            .parallelToolCalls(false)
            .maxCompletionTokens(100)
            .build();
    ChatCompletion whole = client.chat().completions().create(params);
    ChatCompletionAccumulator streamed = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(streamed::accumulate);
    }
    for (ChatCompletion answer : new ChatCompletion[] {whole, streamed.chatCompletion()}) {
      ChatCompletionMessageFunctionToolCall call =
          answer.choices().get(0).message().toolCalls().get().get(0).asFunction();
      assertThat(call.function().name()).isEqualTo("Add");
      assertThat(call.function().arguments()).matches("\\{\\s*\"twice\"\\s*:\\s*(true|false)\\s*}");
    }
  }

  @Test
  void anAnswerOfASchemaParsedByTheClient() {
    Parity parity =
        client
            .chat()
            .completions()
            .create(chat(SUM).responseFormat(Parity.class).build())
            .choices()
            .get(0)
            .message()
            .content()
            .orElseThrow();
    assertThat(parity).isNotNull();
  }

  @Test
  void aTextThatIsGoneOnWith() {
    CompletionCreateParams params =
        CompletionCreateParams.builder().model(model).prompt("Once upon a time").maxTokens(5).build();
    String whole = client.completions().create(params).choices().get(0).text();
    try (var stream = client.completions().createStreaming(params)) {
      assertThat(stream.stream().map(one -> one.choices().get(0).text()).collect(Collectors.joining()))
          .isEqualTo(whole);
    }
  }

  private static ResponseCreateParams.Builder respond(String input) {
    return ResponseCreateParams.builder().model(model).input(input);
  }

  private static String text(Response response) {
    return response.output().get(0).asMessage().content().get(0).asOutputText().text();
  }

  @Test
  void responsesATurnThatGoesOnAndAnotherOneThatIsAFork() {
    Response first = client.responses().create(respond("My name is Sofia.").build());
    first.validate();
    Response goesOn =
        client.responses().create(respond("Who am I?").previousResponseId(first.id()).build());
    Response fork =
        client.responses().create(respond("My name is Ben.").previousResponseId(first.id()).build());
    Response ofFork =
        client.responses().create(respond("Who am I?").previousResponseId(fork.id()).build());
    assertThat(text(goesOn)).contains("Sofia");
    assertThat(text(ofFork)).contains("Ben");
    assertThat(first.status()).contains(ResponseStatus.COMPLETED);
  }

  @Test
  void aResponseAsEventsPutTogetherByTheClient() {
    ResponseAccumulator all = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream =
        client.responses().createStreaming(respond(SUM).build())) {
      stream.stream().peek(ResponseStreamEvent::validate).forEach(all::accumulate);
    }
    assertThat(text(all.response())).isEqualTo("Seven plus two is nine.");
  }

  @Test
  void errorsAreThoseOfTheClient() {
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .create(
                        ChatCompletionCreateParams.builder()
                            .model("gpt-5")
                            .addUserMessage(SUM)
                            .build()))
        .isInstanceOfSatisfying(
            NotFoundException.class, e -> assertThat(e.code()).contains("model_not_found"));
    assertThatThrownBy(() -> client.chat().completions().create(chat(SUM).n(99).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.param()).contains("n"));
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .createStreaming(chat(SUM).n(99).build()))
        .isInstanceOf(BadRequestException.class);
    assertThatThrownBy(
            () ->
                client
                    .embeddings()
                    .create(EmbeddingCreateParams.builder().model(model).input("Hi").build()))
        .isInstanceOfSatisfying(
            OpenAIServiceException.class, e -> assertThat(e.statusCode()).isEqualTo(501));
  }

  @Test
  void anAnswerThatIsGivenUp() {
    int pieces = 0;
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(chat(STORY).maxCompletionTokens(400).build())) {
      Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
      while (pieces < 5 && chunks.hasNext()) {
        chunks.next();
        pieces++;
      }
    }
    assertThat(pieces).isEqualTo(5);
    assertThat(text(client.chat().completions().create(chat(SUM).build()))).isNotEmpty();
  }

  @Test
  void aRequestWithAKeyIsAnsweredOnce() {
    ChatCompletionCreateParams params =
        chat(SUM).putAdditionalHeader("Idempotency-Key", UUID.randomUUID().toString()).build();
    ChatCompletion first = client.chat().completions().create(params);
    assertThat(client.chat().completions().create(params).id()).isEqualTo(first.id());
  }
}
