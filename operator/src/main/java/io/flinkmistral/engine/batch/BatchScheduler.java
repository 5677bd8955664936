package io.flinkmistral.engine.batch;

import io.flinkmistral.cache.prefix.PrefixKey;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.model.pass.SequenceInput;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
 * <p>Before that, each takes over what others have computed of its beginning. Where several lack
 * the same page of a beginning that they share, one of them computes it, and the others take it
 * over before the next pass. In the bounds above a prompt that has waited has one page more for
 * each time that it has parted from others.
 *
 * <p>Owned by one thread.
 */
final class BatchScheduler {
  private boolean oddPass;

  /** A sequence that lacks tokens, and how many of them the next pass takes in. */
  private static final class Share {
    final Sequence sequence;

    /** Tokens that were taken over from others, and are to be told of. */
    final int shared;

    /** The page that it computes next, and that others may need as well. */
    final Optional<PrefixKey> page;

    final int pending;

    /** Whether its next page is another's work. */
    boolean waits;

    int taken;

    Share(Sequence sequence, int mayShare) {
      this.sequence = sequence;
      SharedBeginning beginning = new SharedBeginning(sequence);
      this.shared = beginning.takeOver(mayShare);
      this.waits = beginning.isAtHand();
      this.page = beginning.nextPage();
      this.pending = sequence.pendingTokens();
    }

    boolean isPrompt() {
      return pending > 1 && !waits;
    }

    int lacking() {
      return pending - taken;
    }

    /** In how many passes like the next one it fills its page. */
    private int passesToFillThePage() {
      int pageTokens = sequence.cache().layout().pageTokens();
      int lacking = pageTokens - sequence.cache().length() % pageTokens;
      return taken == 0 ? Integer.MAX_VALUE : Math.ceilDiv(lacking, taken);
    }

    /** Whether it fills the page sooner than another that lacks the same one, or comes further. */
    boolean isSooner(Share other) {
      int passes = Integer.compare(passesToFillThePage(), other.passesToFillThePage());
      int tokens = Integer.compare(end(), other.end());
      return passes < 0 || passes == 0 && tokens > 0;
    }

    private int end() {
      return sequence.cache().length() + taken;
    }

    /** Takes what it lacks, but no more than is left; how much is left then. */
    int takeOf(int left) {
      int more = Math.min(lacking(), left);
      taken += more;
      return left - more;
    }

    /** None where it takes part with nothing. */
    Optional<Pass.Part> part(Member member) {
      if (waits || isPrompt() && taken == 0) {
        SequenceInput nothing =
            new SequenceInput(sequence.cache(), new int[0], SequenceInput.Wanted.NONE);
        return shared == 0
            ? Optional.empty()
            : Optional.of(new Pass.Part(member, sequence, nothing, shared));
      }
      SequenceInput input = sequence.nextInput(Math.max(1, taken));
      return Optional.of(new Pass.Part(member, sequence, input, shared));
    }
  }

  /** A client's sequences. */
  private record Shares(Member member, List<Share> all) {
    static Shares of(Member member) {
      int mayShare = member.mayShare();
      List<Share> all = new ArrayList<>();
      for (Sequence sequence : member.live()) {
        Share share = new Share(sequence, mayShare);
        mayShare -= share.shared;
        all.add(share);
      }
      return new Shares(member, all);
    }

    List<Share> prompts() {
      return all.stream().filter(Share::isPrompt).toList();
    }

    /** Prompt tokens that the client may bring to the pass. */
    int wanted() {
      long lacking = prompts().stream().mapToLong(Share::lacking).sum();
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
    share(ofClients, prefillTokens);
    if (someWaitForOthers(ofClients)) {
      ofClients.forEach(shares -> shares.all().forEach(share -> share.taken = 0));
      share(ofClients, prefillTokens);
    }
    oddPass = !oddPass;
    List<Pass.Part> parts = new ArrayList<>();
    for (Shares shares : ofClients) {
      shares.all().forEach(share -> share.part(shares.member()).ifPresent(parts::add));
    }
    return parts.isEmpty() ? Pass.NONE : new Pass(parts);
  }

  /**
   * Of prompts whose next page is the same, all but the one that would fill it first wait for it;
   * whether there are such. What they would have taken is for the others, so that the one is not
   * later than it would be: so nobody has to wait longer for a page than it would take to compute
   * it. It is decided anew for each pass, so that another takes the one's place when it leaves.
   */
  private static boolean someWaitForOthers(List<Shares> ofClients) {
    Map<PrefixKey, Share> first = new HashMap<>();
    boolean some = false;
    for (Shares shares : ofClients) {
      for (Share share : shares.prompts()) {
        Optional<Share> other = share.page.map(page -> first.putIfAbsent(page, share));
        if (other.isPresent()) {
          some = true;
          boolean isSooner = share.isSooner(other.get());
          (isSooner ? other.get() : share).waits = true;
          if (isSooner) {
            first.put(share.page.get(), share);
          }
        }
      }
    }
    return some;
  }

  private void share(List<Shares> ofClients, int prefillTokens) {
    shareEqually(
        ofClients.stream()
            .filter(shares -> !shares.prompts().isEmpty())
            .sorted(Comparator.comparingInt(Shares::wanted))
            .toList(),
        prefillTokens);
  }

  /** Whoever wants least first: what it leaves is for the others. */
  private void shareEqually(List<Shares> clients, int prefillTokens) {
    int left = Math.max(prefillTokens, clients.size());
    for (int i = 0; i < clients.size(); i++) {
      Shares shares = clients.get(i);
      int budget = Math.min(shares.wanted(), left / (clients.size() - i));
      shareBudget(shares.prompts(), budget);
      left -= budget;
    }
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
