package io.flinkmistral.engine.load;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.KernelChoice;
import io.flinkmistral.template.SystemPosition;
import io.flinkmistral.template.UnknownTools;
import java.io.Serializable;
import java.util.List;
import java.util.OptionalInt;

/**
 * How a model is loaded.
 *
 * @param path model file or folder
 * @param name that answers carry; empty for the file's
 * @param template {@code v1}, {@code v2}, {@code v3}, {@code auto} or {@code strict}
 * @param systemPosition where the template puts system prompt and tools
 * @param unknownTools what becomes of tools where the template knows none
 * @param window the sliding window
 * @param kvType number format of cached keys and values
 * @param pageTokens tokens in a page of keys and values
 * @param contextLimit most positions of a conversation; 0 for what the file says
 * @param threads of the model; 0 for all cores
 * @param kernels which of {@link #kernelNames} multiply
 */
public record ModelSettings(
    String path,
    String name,
    String template,
    SystemPosition systemPosition,
    UnknownTools unknownTools,
    Window window,
    KvType kvType,
    int pageTokens,
    int contextLimit,
    int threads,
    String kernels)
    implements Serializable {

  private static final long serialVersionUID = 3L;

  /** A model with the defaults of all the rest. */
  public static ModelSettings of(String path) {
    return new ModelSettings(
        path,
        "",
        "auto",
        SystemPosition.LAST,
        UnknownTools.REFUSE,
        Window.AUTO,
        KvType.F16,
        16,
        0,
        0,
        "auto");
  }

  /** The same with another KV type. */
  public ModelSettings withKvType(KvType type) {
    return with(type, threads);
  }

  /** The same with another number of threads. */
  public ModelSettings withThreads(int number) {
    return with(kvType, number);
  }

  private ModelSettings with(KvType type, int number) {
    return new ModelSettings(
        path,
        name,
        template,
        systemPosition,
        unknownTools,
        window,
        type,
        pageTokens,
        contextLimit,
        number,
        kernels);
  }

  /** Names of all kernels, and {@code auto}. */
  public static List<String> kernelNames() {
    return KernelChoice.names();
  }

  /** A choice of sliding window. */
  public sealed interface Window extends Serializable {
    Window AUTO = new FromFile();

    /** What the model's file says. */
    record FromFile() implements Window {
      private static final long serialVersionUID = 1L;
    }

    /** Every query sees all earlier keys. */
    record None() implements Window {
      private static final long serialVersionUID = 1L;
    }

    /** Every query sees {@code tokens} keys, its own included. */
    record Of(int tokens) implements Window {
      private static final long serialVersionUID = 1L;
    }

    /** The window of an option's value: {@code auto}, {@code none}, or a number. */
    static Window ofOption(String value) {
      return switch (value) {
        case "auto" -> AUTO;
        case "none" -> new None();
        default -> new Of(positive(value));
      };
    }

    private static int positive(String value) {
      try {
        int tokens = Integer.parseInt(value);
        if (tokens > 0) {
          return tokens;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw new IllegalArgumentException(
          "the window must be auto, none, or a number of tokens above 0, but is " + value);
    }

    /** The window to use where the file says {@code file}. */
    default OptionalInt resolve(OptionalInt file) {
      return switch (this) {
        case FromFile() -> file;
        case None() -> OptionalInt.empty();
        case Of(int tokens) -> OptionalInt.of(tokens);
      };
    }
  }
}
