package io.flinkmistral.constraint.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import io.flinkmistral.tokenizer.tekken.LargeTekken;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Which of 32,768 tokens (v3) or 131,072 (like Tekken's) may follow, in any JSON: {@code mvn -q
 * -Pjmh -Dbenchmarks=TokenMask}. {@code first} is the first time in a grammar that has just been
 * compiled, {@code miss} a state whose mask is not remembered, {@code hit} one whose is, {@code
 * apply} what it takes to put it on logits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenMaskBenchmark {
  /** What the text is so far. */
  @Param({"{", "{\"a", "{\"a\":[{\"b\":1", "{\"a\":"})
  public String text;

  @Param({"v3", "tekken"})
  public String tokenizer;

  private AnswerVocabulary vocabulary;
  private TokenGrammar grammar;
  private MachineState state;
  private TokenMask mask;
  private float[] logits;

  @Setup
  public void load() {
    Tokenizer of = tokenizer.equals("v3") ? Tokenizers.V3 : LargeTekken.vocabulary().tokenizer();
    int eos = of.vocabulary().eosId();
    logits = new float[of.vocabulary().size()];
    vocabulary = new AnswerVocabulary(of, logits.length, eos, Set.of(eos));
    grammar = new TokenGrammar(machine(), vocabulary);
    state = machine().start().after(text.getBytes(UTF_8));
    mask = vocabulary.mask(state, false);
  }

  private static GrammarMachine machine() {
    return GrammarMachine.compile(JsonTree.grammar(new Reference("object")), "grammar");
  }

  /** A state of a machine that has seen nothing but the text. */
  @State(Scope.Thread)
  public static class Unseen {
    private MachineState state;

    @Setup(Level.Invocation)
    public void forget(TokenMaskBenchmark benchmark) {
      state = machine().start().after(benchmark.text.getBytes(UTF_8));
    }
  }

  @Benchmark
  public TokenMask first(Unseen unseen) {
    return vocabulary.mask(unseen.state, false);
  }

  @Benchmark
  public TokenMask miss() {
    return vocabulary.mask(state, false);
  }

  @Benchmark
  public TokenMask hit() {
    return grammar.mask(state, false);
  }

  @Benchmark
  public float[] apply() {
    Arrays.fill(logits, 1);
    mask.apply(logits, 0);
    return logits;
  }
}
