package io.flinkmistral.jobs.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.topics.Call;
import io.flinkmistral.jobs.gateway.topics.LiveCalls;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(20)
class AskingTest {
  private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer()) {
        @Override
        public Future<RecordMetadata> send(
            ProducerRecord<byte[], byte[]> record, Callback callback) {
          Future<RecordMetadata> written = super.send(record, callback);
          sent.add(new String(record.value(), StandardCharsets.UTF_8));
          return written;
        }
      };
  private final CompletableFuture<ApiException> failure = new CompletableFuture<>();
  private final LiveCalls live = new LiveCalls(10, 10);
  private final Call call =
      new Call(new Call.Request("r-1", "c-1", 1, false), new Failure(failure), _ -> {});

  private record Failure(CompletableFuture<ApiException> told) implements AnswerListener {
    @Override
    public void piece(Piece piece) {
      throw new AssertionError("nothing was said");
    }

    @Override
    public void over(JsonNode usage, JsonNode promptLogprobs) {
      throw new AssertionError("nothing was said");
    }

    @Override
    public void failed(ApiException error) {
      told.complete(error);
    }
  }

  private void fail(boolean keyed, RuntimeException reason) throws Exception {
    live.add(call);
    Asking asking = new Asking(new PromptWriter("prompts", producer), live, call, keyed, () -> {});
    Thread thread =
        Thread.startVirtualThread(
            () -> {
              try {
                asking.ask("{}".getBytes(StandardCharsets.UTF_8), List.of());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(sent.take()).isEqualTo("{}");
    producer.errorNext(reason);
    thread.join();
    assertThat(failure.get().status()).isGreaterThan(400);
    assertThat(live.size()).isZero();
  }

  /** The broker may have it all the same. */
  @Test
  void whatCouldNotBeSentInTimeIsCancelled() throws Exception {
    fail(false, new TimeoutException("late"));
    assertThat(sent.take()).isEqualTo("{\"cancel\":\"r-1\",\"conversation_id\":\"c-1\"}");
  }

  @Test
  void whatIsTooLargeIsNotThere() throws Exception {
    fail(false, new RecordTooLargeException("large"));
    assertThat(sent.poll(100, TimeUnit.MILLISECONDS)).isNull();
  }

  /** Its client asks for it again. */
  @Test
  void whatHasAKeyGoesOn() throws Exception {
    fail(true, new TimeoutException("late"));
    assertThat(sent.poll(100, TimeUnit.MILLISECONDS)).isNull();
  }
}
