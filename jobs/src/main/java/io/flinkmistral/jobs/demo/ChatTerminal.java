package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.client.ChatClient;
import io.flinkmistral.jobs.client.Outcome;
import io.flinkmistral.jobs.client.PromptLine;
import io.flinkmistral.jobs.local.Interruption;
import io.flinkmistral.protocol.Excerpt;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import tools.jackson.databind.json.JsonMapper;

/** A chat in a terminal. */
final class ChatTerminal {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int MAX_WIDTH = 80;
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String HELP =
      """
      Type a message and press Enter.
        /new   starts another conversation; this one is forgotten
        /quit  ends (so do Ctrl-C and Ctrl-D)
        /help  says this
      """;

  private final JobWatch job;
  private final ChatClient client;
  private final Interruption interruption;

  ChatTerminal(JobWatch job, ChatClient client, Interruption interruption) {
    this.job = job;
    this.client = client;
    this.interruption = interruption;
  }

  /** Returns when the user has enough. */
  void run() throws IOException, InterruptedException {
    try (Terminal terminal = TerminalBuilder.builder().name("flink-mistral").system(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              // An exclamation mark is no call for a line of the history.
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      // Ctrl-C in the middle of an answer.
      interruption.first(
          () -> {
            if (!terminal.echo(true)) {
              terminal.writer().println();
              terminal.flush();
            }
          });
      terminal.writer().print(HELP);
      converse(terminal, reader);
    } catch (UserInterruptException | EndOfFileException e) {
      // Ctrl-C and Ctrl-D are ways to leave.
    }
  }

  private void converse(Terminal terminal, LineReader reader)
      throws IOException, InterruptedException {
    String conversation = newId("c");
    while (true) {
      String line = reader.readLine("> ").strip();
      switch (line) {
        case "" -> {}
        case "/quit" -> {
          return;
        }
        case "/new" -> conversation = newId("c");
        case "/help" -> terminal.writer().print(HELP);
        default -> {
          if (line.startsWith("/")) {
            terminal.writer().println("There is no " + Excerpt.of(line) + ", see /help");
          } else {
            answerWithoutEcho(terminal, conversation, line);
          }
        }
      }
      terminal.flush();
    }
  }

  /** What is typed meanwhile is read later, and shown then. */
  private void answerWithoutEcho(Terminal terminal, String conversation, String message)
      throws IOException, InterruptedException {
    boolean echoed = terminal.echo(false);
    try {
      answer(terminal, conversation, message);
    } finally {
      terminal.echo(echoed);
    }
  }

  private void answer(Terminal terminal, String conversation, String message)
      throws IOException, InterruptedException {
    String requestId = newId("r");
    int columns = terminal.getSize().getColumns();
    int width = columns > 0 ? Math.min(columns, MAX_WIDTH) : MAX_WIDTH;
    ChatTurn turn = new ChatTurn(requestId, width);
    PromptLine line = PromptLine.of(request(requestId, conversation, message), requestId);
    client.send(line.key(), line.value());
    while (!turn.isDone()) {
      job.checkRunning();
      for (Outcome outcome : client.poll(POLL)) {
        terminal.writer().print(turn.take(outcome));
      }
      terminal.flush();
    }
  }

  private static byte[] request(String requestId, String conversation, String message) {
    return MAPPER.writeValueAsBytes(
        MAPPER
            .createObjectNode()
            .put("request_id", requestId)
            .put("conversation_id", conversation)
            .put("stream", true)
            .set(
                "messages",
                MAPPER
                    .createArrayNode()
                    .add(MAPPER.createObjectNode().put("role", "user").put("content", message))));
  }

  private static String newId(String prefix) {
    return prefix + "-" + UUID.randomUUID();
  }
}
