package io.flinkmistral.engine.batch;

import io.flinkmistral.generation.Sequence;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who is decoded together: the sequences of all clients. Each method takes a short time, and passes
 * are run without it. Safe for use by many threads.
 */
final class Batch {
  private final BatchScheduler scheduler = new BatchScheduler();

  /** In the order in which they joined. */
  private final Set<Member> members = new LinkedHashSet<>();

  /** To be run when the pass under way is over. */
  private final List<Runnable> afterPass = new ArrayList<>();

  private Pass underWay = Pass.NONE;
  private long passes;
  private boolean closed;

  synchronized void add(Member member) {
    if (closed) {
      throw closedModel();
    }
    members.add(member);
  }

  private static IllegalStateException closedModel() {
    return new IllegalStateException("the model has been closed");
  }

  /** Passes that were begun. */
  synchronized long passes() {
    return passes;
  }

  /** Sequences in the batch. */
  synchronized int running() {
    return members.stream().mapToInt(member -> member.live().size()).sum();
  }

  synchronized int members() {
    return members.size();
  }

  boolean tryTakePlace(Member member) {
    synchronized (this) {
      return member.takePlace(freePlacesFor(member) > 0);
    }
  }

  void givePlaceBack(Member member) {
    List<Member> offered;
    synchronized (this) {
      if (!member.isIn()) {
        return; // It has none any more.
      }
      member.givePlaceBack();
      offered = offerPlaces();
    }
    offered.forEach(Member::signal);
  }

  void wantNoPlace(Member member) {
    List<Member> offered;
    synchronized (this) {
      member.wantNoPlace();
      offered = offerPlaces();
    }
    offered.forEach(Member::signal);
  }

  synchronized void start(Member member, Sequence sequence) {
    if (member.isIn()) { // If not, it will see that it has failed.
      member.start(sequence);
      notifyAll();
    }
  }

  void cancel(Member member, Sequence sequence) {
    List<Member> told = new ArrayList<>();
    synchronized (this) {
      boolean isRead = underWay.parts().stream().anyMatch(part -> part.sequence() == sequence);
      member.cancel(sequence, !isRead);
      if (!isRead) {
        told.add(member);
        told.addAll(offerPlaces());
      }
    }
    told.forEach(Member::signal);
  }

  synchronized List<Progress> take(Member member) {
    notifyAll(); // Perhaps it was not awake.
    return member.take();
  }

  void leave(Member member, Runnable whenLeft) {
    List<Member> offered;
    boolean isRead;
    synchronized (this) {
      members.remove(member);
      member.leave();
      isRead = underWay.parts().stream().anyMatch(part -> part.member() == member);
      if (isRead) {
        afterPass.add(whenLeft);
      }
      offered = offerPlaces();
    }
    if (!isRead) {
      runLogged(whenLeft);
    }
    offered.forEach(Member::signal);
  }

  /**
   * Places that nobody has. Those of other clients that are not awake do not count: what such a one
   * has in the batch holds up nobody else, and the batch is the greater when it goes on. Its own
   * count: no client alone has more sequences in the batch than there are places.
   */
  private int freePlacesFor(Member member) {
    int taken =
        members.stream()
            .filter(other -> other == member || other.isAwake())
            .mapToInt(Member::places)
            .sum();
    return limits().conversations() - taken;
  }

  private BatchLimits limits() {
    return members.stream().map(Member::limits).reduce(BatchLimits.LEAST, BatchLimits::or);
  }

  /** Offers free places, first to those who have fewest; whom to tell. */
  private List<Member> offerPlaces() {
    List<Member> offered = new ArrayList<>();
    Optional<Member> next = nextOffered();
    while (next.isPresent()) {
      next.get().offerPlace();
      offered.add(next.get());
      next = nextOffered();
    }
    return offered;
  }

  private Optional<Member> nextOffered() {
    return members.stream()
        .filter(member -> member.wantsPlace() && freePlacesFor(member) > 0)
        .min(Comparator.comparingInt(Member::places));
  }

  /**
   * The next pass, which is under way from now on; {@link Pass#NONE} where there is nothing to be
   * decoded; none where the model has been closed.
   *
   * @param wait whether to wait until there is something
   */
  synchronized Optional<Pass> next(boolean wait) throws InterruptedException {
    while (!closed) {
      List<Member> awake = members.stream().filter(Member::isAwake).toList();
      underWay = scheduler.next(awake, limits().prefillTokens());
      if (underWay != Pass.NONE || !wait) {
        passes += underWay == Pass.NONE ? 0 : 1;
        return Optional.of(underWay);
      }
      wait();
    }
    return Optional.empty();
  }

  /** The pass under way is over: tells those who took part. */
  void passed(List<Pass.Outcome> outcomes) {
    over(
        () -> {
          PassEnd end = underWay.end();
          Map<Member, List<Progress.Advanced>> progress = new LinkedHashMap<>();
          for (int i = 0; i < outcomes.size(); i++) {
            Pass.Part part = underWay.parts().get(i);
            if (part.member().isIn()) {
              switch (outcomes.get(i)) {
                case Pass.Outcome.Done done ->
                    progress
                        .computeIfAbsent(part.member(), member -> new ArrayList<>())
                        .add(part.advanced(end, done));
                case Pass.Outcome.Failed failed -> part.member().failed(failed.cause());
              }
            }
          }
          progress.forEach(Member::passed);
        });
  }

  /** The pass under way has failed. */
  void failed(Throwable cause) {
    over(() -> underWay.parts().forEach(part -> part.member().failed(cause)));
  }

  /** Members are told when the pass is no longer under way, and outside of the lock. */
  private void over(Runnable outcome) {
    Set<Member> told = new LinkedHashSet<>();
    List<Runnable> left;
    synchronized (this) {
      outcome.run();
      underWay.parts().forEach(part -> told.add(part.member()));
      told.retainAll(members);
      underWay = Pass.NONE;
      told.addAll(offerPlaces());
      left = List.copyOf(afterPass);
      afterPass.clear();
    }
    left.forEach(Batch::runLogged);
    told.forEach(Member::signal);
  }

  private static void runLogged(Runnable action) {
    try {
      action.run();
    } catch (Throwable cause) { // An error in here must not end the engine's thread.
      Engine.say("what was to be done after a pass was not done", cause);
    }
  }

  /** There are to be no more passes. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** After the last pass: whoever is left is told. */
  void failClosed() {
    failAll(closedModel());
  }

  /** Fails all clients; there is no pass under way. */
  void failAll(Throwable cause) {
    Collection<Member> left;
    synchronized (this) {
      left = List.copyOf(members);
      left.forEach(member -> member.failed(cause));
    }
    left.forEach(Member::signal);
  }
}
