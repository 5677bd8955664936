package io.flinkmistral.engine.batch;

import io.flinkmistral.generation.Sequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Decides what the next forward pass computes: one token of each answer that is being written, and
 * beside them a bounded number of prompt tokens. What it decides has no influence on any text.
 *
 * <p>The budget of prompt tokens is shared among the clients that have prompts: each has an equal
 * share, and what one does not need goes to the others. A client's share is at least 1.
 *
 * <p>Of a client's share, half is for the prompts that came first, and half for the prompts that
 * lack fewest tokens. So a short prompt does not wait until a long one is taken in, and a long one
 * does not wait for ever for short ones that keep coming: its age brings it to the front. With a
 * share of {@code b} tokens a pass,
 *
 * <ul>
 *   <li>a prompt is taken in after {@code ceil(2 * n / b)} passes, where {@code n} are the tokens
 *       that it and those of its client that came before it lack, whatever comes later;
 *   <li>a prompt of {@code n} tokens is taken in after {@code ceil(2 * m * n / b)} passes, where
 *       {@code m} are the client's prompts that there are until then, however long they are: each
 *       is ahead of it with {@code n} tokens at most;
 *   <li>no pass takes in less than the budget where so many are lacking.
 * </ul>
 *
 * <p>Each half of an odd share is the greater one in every other pass. The last token that is
 * lacking costs nothing: there is no telling it from the token of an answer.
 *
 * <p>Owned by one thread.
 */
final class BatchScheduler {
  private boolean oddPass;

  /** A sequence that lacks tokens, and how many of them the next pass takes in. */
  private static final class Share {
    final Sequence sequence;
    final int pending;
    int taken;

    Share(Sequence sequence) {
      this.sequence = sequence;
      this.pending = sequence.pendingTokens();
    }

    boolean isPrompt() {
      return pending > 1;
    }

    int lacking() {
      return pending - taken;
    }

    /** Takes what it lacks, but no more than is left; how much is left then. */
    int takeOf(int left) {
      int more = Math.min(lacking(), left);
      taken += more;
      return left - more;
    }
  }

  /** A client's sequences. */
  private record Shares(Member member, List<Share> all, List<Share> prompts) {
    static Shares of(Member member) {
      List<Share> all = member.live().stream().map(Share::new).toList();
      return new Shares(member, all, all.stream().filter(Share::isPrompt).toList());
    }

    /** Prompt tokens that the client may bring to the pass. */
    int wanted() {
      long lacking = prompts.stream().mapToLong(Share::lacking).sum();
      return (int) Math.min(lacking, member.limits().prefillTokens());
    }
  }

  /**
   * The next pass over the sequences of some clients; {@link Pass#NONE} where there are none.
   *
   * @param prefillTokens the most prompt tokens in it; more where there are more clients
   */
  Pass next(List<Member> members, int prefillTokens) {
    List<Shares> ofClients = members.stream().map(Shares::of).toList();
    share(
        ofClients.stream()
            .filter(shares -> !shares.prompts().isEmpty())
            .sorted(Comparator.comparingInt(Shares::wanted))
            .toList(),
        prefillTokens);
    List<Pass.Part> parts = new ArrayList<>();
    for (Shares shares : ofClients) {
      for (Share share : shares.all()) {
        int take = share.isPrompt() ? share.taken : 1;
        if (take > 0) {
          parts.add(new Pass.Part(shares.member(), share.sequence, share.sequence.nextInput(take)));
        }
      }
    }
    return parts.isEmpty() ? Pass.NONE : new Pass(parts);
  }

  /** Whoever wants least first: what it leaves is for the others. */
  private void share(List<Shares> clients, int prefillTokens) {
    int left = Math.max(prefillTokens, clients.size());
    for (int i = 0; i < clients.size(); i++) {
      Shares shares = clients.get(i);
      int budget = Math.min(shares.wanted(), left / (clients.size() - i));
      shareBudget(shares.prompts(), budget);
      left -= budget;
    }
    oddPass = !oddPass;
  }

  /**
   * @param budget no more than the prompts lack
   */
  private void shareBudget(List<Share> prompts, int budget) {
    int ofTheFirst = (budget + (oddPass ? 1 : 0)) / 2;
    take(prompts, ofTheFirst);
    take(
        prompts.stream().sorted(Comparator.comparingInt(Share::lacking)).toList(),
        budget - ofTheFirst);
  }

  /** Lets one after the other take what it lacks of a budget. */
  private static void take(List<Share> prompts, int budget) {
    int left = budget;
    for (Share prompt : prompts) {
      left = prompt.takeOf(left);
    }
  }
}
