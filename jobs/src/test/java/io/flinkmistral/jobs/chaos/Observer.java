package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.chaos.ChaosTranscript.Piece;
import java.io.IOException;
import java.util.List;

/** Sees from outside what the job is doing: by what it streams, and by the JobManager's log. */
final class Observer implements AutoCloseable {
  private final ChatReader reader;
  private final ChaosTranscript transcript;
  private final LogTail jobManager;
  private final int totalPieces;
  private final int requests;
  private List<Piece> pieces = List.of();
  private List<String> lines = List.of();

  /**
   * @param totalPieces that will be streamed, each counted once, and fewer where answers are cut
   * @param requests that will be answered
   */
  Observer(ChatReader reader, LogTail jobManager, int totalPieces, int requests) {
    this.reader = reader;
    this.transcript = reader.transcript();
    this.jobManager = jobManager;
    this.totalPieces = totalPieces;
    this.requests = requests;
  }

  /** Takes in what has happened since the last look, which takes some milliseconds. */
  void look() throws IOException {
    lines = jobManager.newLines();
    pieces = reader.read();
  }

  /** The share of all pieces that has been streamed. */
  double progress() {
    return isOver() ? 1 : transcript.pieces() / (double) totalPieces;
  }

  /** Whether a moment has come since the look before. */
  boolean has(Moment moment) {
    boolean over = isOver();
    return switch (moment) {
      case PREFILL -> over || pieces.stream().anyMatch(Piece::isLast);
      case DECODE -> over || pieces.stream().anyMatch(piece -> !piece.isLast());
      case SNAPSHOT -> logged(": Triggering checkpoint ");
      case COMMIT -> logged(": Completed checkpoint ");
      case RECOVERY -> true;
    };
  }

  private boolean isOver() {
    return transcript.ended() == requests;
  }

  private boolean logged(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  @Override
  public void close() throws IOException {
    jobManager.close();
  }
}
