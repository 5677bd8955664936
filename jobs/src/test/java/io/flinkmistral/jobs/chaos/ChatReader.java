package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.chaos.ChaosTranscript.Piece;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads committed answers, and tokens, into a transcript. */
final class ChatReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(5);

  private final TopicProbe completions;
  private final TopicProbe tokens;
  private final ChaosTranscript transcript = new ChaosTranscript();

  ChatReader(String bootstrapServers) {
    completions = new TopicProbe(bootstrapServers, "completions");
    tokens = new TopicProbe(bootstrapServers, "tokens");
  }

  ChaosTranscript transcript() {
    return transcript;
  }

  /** Reads what has come in. Returns the pieces among it that were not there before. */
  List<Piece> read() {
    completions.poll(POLL).forEach(record -> transcript.addAnswer(TopicProbe.json(record)));
    List<Piece> fresh = new ArrayList<>();
    tokens
        .poll(POLL)
        .forEach(record -> transcript.addToken(TopicProbe.json(record)).ifPresent(fresh::add));
    return fresh;
  }

  /** Reads all there is, which is all there will be if no job is running. */
  void readToEnd() {
    do {
      read();
    } while (!completions.isAtEnd() || !tokens.isAtEnd());
  }

  @Override
  public void close() {
    completions.close();
    tokens.close();
  }
}
