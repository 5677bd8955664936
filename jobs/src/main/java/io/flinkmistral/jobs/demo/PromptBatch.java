package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.client.ChatClient;
import io.flinkmistral.jobs.client.Outcome;
import io.flinkmistral.jobs.client.PromptLine;
import io.flinkmistral.protocol.Excerpt;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Sends lines of requests and prints the answers as they come, one a line. Reading and printing go
 * on at the same time, so that a program may write its next request after it has read an answer.
 */
final class PromptBatch {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration QUIET = Duration.ofSeconds(60);

  private final JobWatch job;
  private final ChatClient client;
  private final PrintStream answers;
  private final PrintStream messages;
  private final String ids;
  private final Outstanding outstanding = new Outstanding();
  private final AtomicReference<Exception> senderFailure = new AtomicReference<>();

  /**
   * @param answers where the JSON lines go
   * @param messages where the user is told of prompts that have no answer
   * @param ids what the ids of requests without one begin with; the line's number follows
   */
  PromptBatch(
      JobWatch job, ChatClient client, PrintStream answers, PrintStream messages, String ids) {
    this.job = job;
    this.client = client;
    this.answers = answers;
    this.messages = messages;
    this.ids = ids;
  }

  /**
   * Returns when all lines have been answered or set aside.
   *
   * @return prompts without an answer
   * @throws IOException if the job ends before, or the lines cannot be read
   */
  int run(InputStream lines) throws IOException {
    Thread.ofPlatform().daemon().name("prompts").start(() -> sendAll(lines));
    long quietSince = System.nanoTime();
    while (!outstanding.isDone()) {
      job.checkRunning();
      if (senderFailure.get() != null) {
        throw new IOException(senderFailure.get().getMessage(), senderFailure.get());
      }
      List<Outcome> outcomes = client.poll(POLL);
      outcomes.forEach(this::handle);
      long now = System.nanoTime();
      if (!outcomes.isEmpty() || outstanding.size() == 0) {
        quietSince = now;
      } else if (now - quietSince > QUIET.toNanos()) {
        quietSince = now;
        sayWhatIsWaitedFor();
      }
    }
    return outstanding.unanswered();
  }

  /** A job of others may have answered a request long ago: then it does not answer it again. */
  private void sayWhatIsWaitedFor() {
    messages.printf(
        "demo: nothing has come for %d s; %d lines have no answer yet (one whose request_id the job"
            + " has answered before will have none)%n",
        QUIET.toSeconds(), outstanding.size());
  }

  private void handle(Outcome outcome) {
    switch (outcome) {
      case Outcome.Answer answer -> {
        if (outstanding.answered(
            new Outstanding.Request(answer.conversationId(), answer.requestId()))) {
          answers.println(TerminalText.json(answer.json()));
          answers.flush();
        }
      }
      case Outcome.DeadLetter letter -> {
        int line = outstanding.setAside(letter.partition(), letter.offset());
        if (line > 0) {
          messages.printf(
              "demo: line %d has no answer: %s%n", line, Excerpt.ofMessage(letter.message()));
        }
      }
      case Outcome.Token _ -> {}
    }
  }

  private void sendAll(InputStream in) {
    try (InputStream lines = new BufferedInputStream(in)) {
      byte[] line;
      for (int number = 1; (line = nextLine(lines)) != null; number++) {
        if (!new String(line, StandardCharsets.ISO_8859_1).isBlank()) {
          send(PromptLine.of(line, ids + number), number);
        }
      }
      outstanding.end();
    } catch (IOException | InterruptedException | RuntimeException e) {
      senderFailure.set(e);
    }
  }

  private void send(PromptLine line, int number) throws IOException, InterruptedException {
    if (!line.requestId().isEmpty()) {
      sendRequest(line, number);
      return;
    }
    // Locked, so that the dead letter is not read before its place is known.
    synchronized (outstanding) {
      RecordMetadata place = client.send(line.key(), line.value());
      outstanding.awaitLetter(place.partition(), place.offset(), number);
    }
  }

  private void sendRequest(PromptLine line, int number) throws IOException, InterruptedException {
    int earlier =
        outstanding.awaitAnswer(
            new Outstanding.Request(line.conversationId(), line.requestId()), number);
    if (earlier == 0) {
      client.send(line.key(), line.value());
    } else {
      messages.printf(
          "demo: line %d is not sent: it has request_id and conversation_id of line %d, and a"
              + " request is answered once%n",
          number, earlier);
    }
  }

  /** Bytes up to the next line feed, which is dropped; null at the end. */
  private static byte[] nextLine(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    for (; next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
    }
    return line.toByteArray();
  }
}
