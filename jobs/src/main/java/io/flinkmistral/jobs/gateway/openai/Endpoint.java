package io.flinkmistral.jobs.gateway.openai;

/** What a call asks for: a message, or the continuation of a text. */
public enum Endpoint {
  CHAT("chat.completion", "chat.completion.chunk"),
  TEXT("text_completion", "text_completion");

  private final String object;
  private final String chunkObject;

  Endpoint(String object, String chunkObject) {
    this.object = object;
    this.chunkObject = chunkObject;
  }

  /** What its whole answer is called. */
  public String object() {
    return object;
  }

  /** What a piece of it is called. */
  public String chunkObject() {
    return chunkObject;
  }
}
