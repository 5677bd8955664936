package io.flinkmistral.tools;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.model.pass.SequenceInput;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongSupplier;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * How fast the engine alone is: {@code mvn -q -Pbench -Dmodel=FILE [-Dthreads=2]
 * [-Dtests=pp128,tg32] [-Drepeats=5] [-Dkernels=avx2]}. Prints a line of JSON for each test.
 *
 * <pre>
 *   load      seconds from the start of main to the first token after a prompt of 2, and to full
 *             speed after that: all kernels compiled and all weights packed; resident and file bytes
 *   ppN       prefill of a prompt of N tokens
 *   tg32      32 tokens decoded after a prompt of 2
 *   tg32@N    32 tokens decoded after N positions
 *   parN      N sequences decoded together for 8 steps, after prompts of 2 tokens
 *   sharedN+M prompt tokens a second of 32 records that begin with the same N tokens, and have M of
 *             their own, through the engine's batch; without: of the same with nothing shared
 * </pre>
 *
 * A test is run once to warm up, then {@code repeats} times: the median and the best are told. All
 * but the first token waits for full speed. Speed does not depend on the values of tokens and
 * weights.
 */
public final class Bench {
  private static final List<String> TESTS =
      List.of("load", "pp128", "pp512", "tg32", "tg32@4096", "par2", "par4", "par8", "par16");

  private static final String TEST =
      "(load|pp[1-9][0-9]{0,4}|tg32(@[0-9]{1,5})?|par[1-9][0-9]?"
          + "|shared[1-9][0-9]{0,3}\\+[1-9][0-9]{0,3})";

  private static final Command COMMAND =
      Command.of(
          "bench",
          "measures how fast the engine alone is; prints a line of JSON for each test.",
          Command.Setting.text("model", "model file or folder"),
          new Command.Setting(
              "threads", "[0-9]{1,3}", "a number from 0 to 999", "threads; all cores if 0 (0)"),
          new Command.Setting(
              "tests",
              TEST + "(," + TEST + ")*",
              "load, ppN, tg32, tg32@N, parN or sharedN+M, separated by commas",
              "such as load,pp128,tg32,tg32@4096,par8 (a choice)"),
          Command.Setting.count("repeats", 3, "how often each is measured (5)"),
          EngineModel.KERNELS);

  private static final int DECODED = 32;
  private static final int STEPS = 8;
  private static final int SHORT_PROMPT = 2;

  private final EngineModel model;
  private final int repeats;
  private final Random random = new Random(1);

  private Bench(EngineModel model, int repeats) {
    this.model = model;
    this.repeats = repeats;
  }

  /** Takes the model, the number of threads, the names of tests, the number of repeats. */
  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    if (COMMAND.helps(arguments, out)) {
      return;
    }
    try {
      COMMAND.check(arguments);
      Path model = Arguments.path(arguments, 0, "model", "FILE");
      List<String> tests = arguments[2].isBlank() ? TESTS : List.of(arguments[2].split(","));
      run(model, Integer.parseInt(arguments[1]), tests, Integer.parseInt(arguments[3]), out);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void run(Path path, int threads, List<String> tests, int repeats, PrintStream out)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (EngineModel model = EngineModel.load(path, KvType.F16, threads)) {
      Bench bench = new Bench(model, repeats);
      for (String test : tests) {
        out.println(test.equals("load") ? bench.load(start) : bench.measure(test));
      }
    }
  }

  private String load(long start) throws IOException, InterruptedException {
    prefill(SHORT_PROMPT);
    double firstToken = secondsSince(start);
    model.awaitFullSpeed();
    return JsonMapper.shared()
        .createObjectNode()
        .put("test", "load")
        .put("seconds", round(secondsSince(start)))
        .put("first_token", round(firstToken))
        .put("resident_bytes", ResidentMemory.now())
        .put("peak_bytes", ResidentMemory.peak())
        .put("file_bytes", model.fileBytes())
        .put("kernels", model.kernels())
        .toString();
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private String measure(String test) throws InterruptedException {
    model.awaitFullSpeed();
    int at = test.indexOf('@');
    if (test.startsWith("pp")) {
      int tokens = number(test, 2, test.length());
      return report(test, tokens, () -> prefill(tokens));
    }
    if (test.startsWith("par")) {
      int sequences = number(test, 3, test.length());
      return report(test, sequences * STEPS, () -> decode(sequences, SHORT_PROMPT, STEPS));
    }
    if (test.equals("tg" + DECODED) || test.startsWith("tg" + DECODED + "@")) {
      int depth = at < 0 ? SHORT_PROMPT : number(test, at + 1, test.length());
      return report(test, DECODED, () -> decode(1, depth, DECODED));
    }
    if (test.startsWith("shared")) {
      int plus = test.indexOf('+');
      return shared(
          test,
          new SharedRecords(
              model,
              number(test, "shared".length(), plus),
              number(test, plus + 1, test.length()),
              random));
    }
    throw new IllegalArgumentException(
        "no such test: %s; there are load, ppN, tg32, tg32@N, parN, sharedN+M".formatted(test));
  }

  /** In alternation. */
  private String shared(String test, SharedRecords records) {
    records.run(true);
    double[] with = new double[repeats];
    double[] without = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      with[i] = records.tokens() * 1e9 / records.run(true);
      without[i] = records.tokens() * 1e9 / records.run(false);
    }
    Arrays.sort(with);
    Arrays.sort(without);
    return JsonMapper.shared()
        .createObjectNode()
        .put("test", test)
        .put("tokens_per_second", round(with[repeats / 2]))
        .put("without", round(without[repeats / 2]))
        .put("records", SharedRecords.RECORDS)
        .put("repeats", repeats)
        .put("kernels", model.kernels())
        .toString();
  }

  private static int number(String test, int from, int to) {
    return Integer.parseInt(test.substring(from, to));
  }

  /** {@code run} returns its nanoseconds. */
  private String report(String test, int tokens, LongSupplier run) {
    run.getAsLong();
    double[] speeds = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      speeds[i] = tokens * 1e9 / run.getAsLong();
    }
    Arrays.sort(speeds);
    ObjectNode line = JsonMapper.shared().createObjectNode();
    line.put("test", test)
        .put("tokens_per_second", round(speeds[repeats / 2]))
        .put("best", round(speeds[repeats - 1]))
        .put("repeats", repeats)
        .put("kernels", model.kernels());
    return line.toString();
  }

  private long prefill(int tokens) {
    try (KvCache cache = model.newCache()) {
      SequenceInput prompt = new SequenceInput(cache, tokens(tokens), SequenceInput.Wanted.LAST);
      long start = System.nanoTime();
      model.forward(List.of(prompt));
      return System.nanoTime() - start;
    }
  }

  private long decode(int sequences, int depth, int steps) {
    List<KvCache> caches = new ArrayList<>();
    for (int i = 0; i < sequences; i++) {
      caches.add(filled(depth));
    }
    long start = System.nanoTime();
    for (int step = 0; step < steps; step++) {
      List<SequenceInput> batch = new ArrayList<>();
      for (KvCache cache : caches) {
        batch.add(new SequenceInput(cache, tokens(1), SequenceInput.Wanted.LAST));
      }
      model.forward(batch);
    }
    long nanos = System.nanoTime() - start;
    caches.forEach(KvCache::close);
    return nanos;
  }

  /** A cache of {@code depth} positions: full pages of zeros, the rest computed. */
  private KvCache filled(int depth) {
    KvCache cache = model.newCache();
    int pageTokens = cache.layout().pageTokens();
    byte[] zeros = new byte[cache.layout().pageBytes()];
    for (int page = 0; page < depth / pageTokens; page++) {
      cache.restore(new KvPage(page, zeros));
    }
    int rest = depth % pageTokens;
    if (rest > 0) {
      model.forward(List.of(new SequenceInput(cache, tokens(rest), SequenceInput.Wanted.NONE)));
    }
    return cache;
  }

  private int[] tokens(int count) {
    return random.ints(count, 0, model.config().vocabularySize()).toArray();
  }

  private static double round(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
  }
}
