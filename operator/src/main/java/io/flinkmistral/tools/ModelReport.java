package io.flinkmistral.tools;

import com.sun.management.OperatingSystemMXBean;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.template.ChatTemplate;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A model in a dozen lines, none wider than a terminal. */
final class ModelReport {
  private static final int WIDTH = 80;
  private static final int LABEL = 13;

  private ModelReport() {}

  static List<String> lines(ModelFile model) {
    List<String> lines = new ArrayList<>();
    for (String line : wholeLines(model)) {
      wrap(line, lines);
    }
    return lines;
  }

  /** Breaks a line between words; what follows stands below the text, not below the label. */
  private static void wrap(String line, List<String> lines) {
    String rest = line;
    while (rest.length() > WIDTH && rest.lastIndexOf(' ', WIDTH) > LABEL) {
      int end = rest.lastIndexOf(' ', WIDTH);
      lines.add(rest.substring(0, end));
      rest = " ".repeat(LABEL) + rest.substring(end + 1);
    }
    lines.add(rest);
  }

  private static List<String> wholeLines(ModelFile model) {
    TransformerConfig config = model.config();
    List<String> lines = new ArrayList<>();
    lines.add("model        %s, %s".formatted(model.name(), Sizes.text(model.bytes())));
    lines.add(
        "shape        %d layers, width %d, feed-forward %d, vocabulary %d"
            .formatted(config.layers(), config.dim(), config.hiddenDim(), config.vocabularySize()));
    lines.add(
        "attention    %d heads of %d, %d key and value heads, rope theta %.0f, norm epsilon %s"
            .formatted(
                config.heads(),
                config.headDim(),
                config.kvHeads(),
                config.ropeTheta(),
                config.normEpsilon()));
    lines.add(
        "window       %s, made for %d positions"
            .formatted(
                config.window().isPresent() ? config.window().getAsInt() + " keys" : "none",
                config.contextLength()));
    lines.add("types        " + types(model));
    lines.add(
        "tokenizer    " + model.vocabulary().map(v -> tokenizer(v, model.chat())).orElse("none"));
    lines.add("fingerprint  " + model.fingerprint());
    lines.add("memory       " + memory(model));
    long machine = machineBytes();
    if (machine < model.bytes()) {
      lines.add(
          "slow         this machine has %s: weights are read from disk again and again"
              .formatted(Sizes.text(machine)));
    }
    lines.add(
        model.vocabulary().isPresent()
            ? "will run"
            : "will run     on token ids only: there is no tokenizer");
    return lines;
  }

  private static String types(ModelFile model) {
    Map<DataType, Long> numbers = new EnumMap<>(DataType.class);
    for (Matrix matrix : NamedMatrices.of(model.weights()).values()) {
      numbers.merge(matrix.type(), (long) matrix.rows() * matrix.columns(), Long::sum);
    }
    long all = numbers.values().stream().mapToLong(Long::longValue).sum();
    String each =
        numbers.entrySet().stream()
            .map(e -> "%s %,d".formatted(e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    return "%,d parameters: %s".formatted(all, each);
  }

  private static String tokenizer(Vocabulary vocabulary, ChatFormat chat) {
    Optional<ChatTemplate> own = chat.template().map(ChatTemplate::new);
    InstructTemplate template = InstructTemplate.forModel(vocabulary, chat.tokenizerVersion(), own);
    String others =
        chat.endIds().stream().sorted().map(id -> " and " + id).collect(Collectors.joining());
    return "%d pieces, template %s%s, BOS %d, EOS %d%s"
        .formatted(
            vocabulary.size(),
            template.name(),
            own.flatMap(brought -> brought.foreign(template))
                .map(mark -> " (the model's own is of another kind: " + mark + ")")
                .orElse(""),
            vocabulary.bosId(),
            vocabulary.eosId(),
            others);
  }

  private static long machineBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  private static String memory(ModelFile model) {
    TransformerConfig config = model.config();
    long weights = model.weights().projections().mapToLong(Kernels::packedBytes).sum();
    long token = KvLayout.of(config, 1, KvType.F16).pageBytes();
    int positions = Math.min(config.window().orElse(Integer.MAX_VALUE), config.contextLength());
    return "%s of weights, shared by all slots, and %s a token of keys and values: %s for %d positions of a conversation"
        .formatted(
            Sizes.text(weights), Sizes.text(token), Sizes.text(token * positions), positions);
  }
}
