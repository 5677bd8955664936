package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.util.List;

/** What OpenAI's services have, and this one has not. */
final class Verbs {
  /** What comes below {@code /v1/}. */
  static final List<String> NOT_HERE =
      List.of(
          "conversations",
          "embeddings",
          "moderations",
          "files",
          "uploads",
          "batches",
          "fine_tuning",
          "assistants",
          "threads",
          "vector_stores",
          "images",
          "audio",
          "videos",
          "realtime",
          "evals",
          "containers",
          "chatkit",
          "organization");

  private Verbs() {}

  /** Why a request that nobody takes is refused. */
  static ApiException refusal(String method, String path) {
    if (path.startsWith("/v1/responses")) {
      return notHere(method + " /v1/responses, of those that are kept,");
    }
    for (String name : NOT_HERE) {
      String root = "/v1/" + name;
      if (path.equals(root) || path.startsWith(root + "/")) {
        return notHere(root);
      }
    }
    if (path.startsWith("/v1/chat/completions")) {
      // Those with an id, and the list, are of answers that are kept.
      return method.equals("POST") && path.equals("/v1/chat/completions")
          ? notHere(path)
          : notHere("%s %s of stored answers".formatted(method, "/v1/chat/completions"));
    }
    return ApiException.refused(
        404, "", "unknown_url", "there is no %s %s".formatted(method, path));
  }

  private static ApiException notHere(String what) {
    return ApiException.failed(
        501, "not_implemented", "%s is not here: jobs/GATEWAY.md lists what is".formatted(what));
  }
}
