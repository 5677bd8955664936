package io.flinkmistral.engine;

import io.flinkmistral.protocol.AnswerOptions;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * With whom a caller shares keys and values of equal beginnings. Words never depend on it, but time
 * does: an answer that comes sooner tells that somebody's request began alike.
 *
 * @param bytes of keys and values that are kept for others, of all who share a model; where they
 *     ask for different amounts, the greatest counts; 0 for a caller that shares nothing
 * @param scope whose requests share
 * @param salt callers of different ones share nothing, whatever they ask for; empty for none
 */
public record PrefixSharing(long bytes, Scope scope, String salt) implements Serializable {
  private static final long serialVersionUID = 2L;

  /** A caller that shares nothing. */
  public static final PrefixSharing NONE = new PrefixSharing(0, Scope.ALL);

  /** One of all callers without a salt. */
  public PrefixSharing(long bytes, Scope scope) {
    this(bytes, scope, "");
  }

  /** Whose requests share. */
  public enum Scope {
    /** Those of all who share the model. */
    ALL,
    /** Those of the same user; without one, a request shares nothing. */
    USER;

    public String optionName() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static List<String> optionNames() {
      return Arrays.stream(values()).map(Scope::optionName).toList();
    }

    /** The scope of an option's value. */
    public static Scope ofOption(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  /** What a request has in common with those that it shares with; empty for one of none. */
  public Optional<String> salt(AnswerOptions request) {
    if (bytes == 0 || request.promptLogprobs().isPresent()) { // All logits of it are wanted.
      return Optional.empty();
    }
    Optional<String> whose =
        switch (scope) {
          case ALL -> Optional.of("all");
          case USER -> request.user().map(name -> "user %d %s".formatted(name.length(), name));
        };
    // With its length, so that no salt is another one with more behind it.
    String ofCaller = salt.isEmpty() ? "" : "caller %d %s ".formatted(salt.length(), salt);
    return whose.map(
        one -> ofCaller + one + request.cacheSalt().map(own -> " salt " + own).orElse(""));
  }
}
