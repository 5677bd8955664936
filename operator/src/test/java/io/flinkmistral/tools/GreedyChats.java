package io.flinkmistral.tools;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.sampling.Sampler;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Holds conversations with a model, many at once in one batch: each turn is answered with the most
 * probable tokens, after the model's own earlier answers.
 */
final class GreedyChats {
  /** The limit that the references were made with. */
  private static final int MAX_TOKENS = 160;

  private final EngineModel model;
  private final Tokenizer tokenizer;
  private final InstructTemplate template;

  GreedyChats(EngineModel model, Tokenizer tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.template = InstructTemplate.forVocabulary(tokenizer.vocabulary());
  }

  /** A conversation that is going on. */
  private final class Chat implements AutoCloseable {
    private final List<TinyMistral.Turn> turns;
    private final List<String> answers = new ArrayList<>();
    private final KvCache cache = model.newCache();
    private final int[] answer = new int[MAX_TOKENS];
    private int length;
    private int[] next;

    Chat(List<TinyMistral.Turn> turns) {
      this.turns = turns;
      this.next = prompt();
    }

    boolean goesOn() {
      return answers.size() < turns.size();
    }

    SequenceInput input() {
      return new SequenceInput(cache, next, SequenceInput.Wanted.LAST);
    }

    void take(int token) {
      int eos = tokenizer.vocabulary().eosId();
      if (token != eos) {
        answer[length++] = token;
        next = new int[] {token};
      }
      if (token == eos || length == MAX_TOKENS) {
        int[] unseen = token == eos ? new int[] {eos} : new int[] {token, eos};
        answers.add(tokenizer.decode(Arrays.copyOf(answer, length)));
        length = 0;
        next = goesOn() ? concat(unseen, prompt()) : unseen;
      }
    }

    private int[] prompt() {
      String text = turns.get(answers.size()).user();
      ChatMessage message = new ChatMessage(Role.USER, text, List.of(), "");
      return template.renderTurn(tokenizer, answers.isEmpty(), List.of(message), List.of());
    }

    @Override
    public void close() {
      cache.close();
    }
  }

  private static int[] concat(int[] a, int[] b) {
    int[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  /** The answers of each conversation, turn by turn. */
  List<List<String>> answers(List<List<TinyMistral.Turn>> conversations) {
    List<Chat> chats = conversations.stream().map(Chat::new).toList();
    List<Chat> live = chats;
    while (!live.isEmpty()) {
      Logits logits = model.forward(live.stream().map(Chat::input).toList());
      for (int i = 0; i < live.size(); i++) {
        live.get(i)
            .take(Sampler.argmax(logits.values(), logits.offset(i), logits.vocabularySize()));
      }
      live = live.stream().filter(Chat::goesOn).toList();
    }
    chats.forEach(Chat::close);
    return chats.stream().map(chat -> chat.answers).toList();
  }

  /** How many answers are not the F32 model's, and of how many. */
  record Difference(int differ, int of) {
    static Difference of(List<List<TinyMistral.Turn>> turns, List<List<String>> answers) {
      int differ = 0;
      int of = 0;
      for (int c = 0; c < turns.size(); c++) {
        for (int t = 0; t < turns.get(c).size(); t++, of++) {
          differ += turns.get(c).get(t).reference().equals(answers.get(c).get(t)) ? 0 : 1;
        }
      }
      return new Difference(differ, of);
    }
  }
}
