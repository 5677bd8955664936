package io.flinkmistral.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cores of an engine, beside those of other engines of the host that work now. Each says once a
 * second that it works, and looks who else does: see {@link ClaimFolder}. One that rests leaves its
 * cores to the others.
 *
 * <p>For one thread at a time.
 */
final class EngineCores implements CoreShare {
  /** How often it is said and looked. */
  static final Duration BEAT = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(EngineCores.class);

  private final Processors processors;
  private final Cores cores;
  private final boolean fixed;
  private final int most;
  private final Clock clock;
  private final LongSupplier nanos;

  /** Nothing where engines cannot know of each other. */
  private final Optional<ClaimFolder> claims;

  private long nextBeat;
  private int share;
  private CoreUse use;

  /**
   * @param threads to work with whoever else does; 0 for what there is
   * @param claims of this engine and others, made of its processors and its most threads
   * @param nanos a time that only grows
   */
  EngineCores(
      Processors processors,
      Cores cores,
      int threads,
      Optional<ClaimFolder> claims,
      Clock clock,
      LongSupplier nanos) {
    this.processors = processors;
    this.cores = cores;
    this.fixed = threads > 0;
    this.most = fixed ? threads : processors.threads();
    this.claims = claims;
    this.clock = clock;
    this.nanos = nanos;
    this.nextBeat = nanos.getAsLong();
    this.share = most;
    this.use = use(most, false);
  }

  static EngineCores open(int threads) {
    HostFiles files = new HostFiles(Path.of("/"));
    Cores cores = new Cores(files);
    Processors processors = Processors.of(files, cores, Runtime.getRuntime().availableProcessors());
    int most = threads > 0 ? threads : processors.threads();
    LOG.info("the engine has {} threads: {}", most, processors);
    return new EngineCores(
        processors, cores, threads, claims(processors, most), Clock.systemUTC(), System::nanoTime);
  }

  private static Optional<ClaimFolder> claims(Processors processors, int threads) {
    try {
      Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
      ClaimFolder folder = ClaimFolder.in(temporary, processors.allowed(), threads);
      folder.withdrawAtExit();
      return Optional.of(folder);
    } catch (IOException | RuntimeException e) {
      LOG.info("engines of this host do not know of each other: {}", e.toString());
      return Optional.empty();
    }
  }

  @Override
  public int most() {
    return most;
  }

  @Override
  public int now() {
    beat();
    return share;
  }

  @Override
  public CoreUse use() {
    return use;
  }

  private void beat() {
    if (claims.isEmpty() || nanos.getAsLong() - nextBeat < 0) {
      return;
    }
    try {
      meet(claims.get());
    } catch (IOException | RuntimeException e) {
      LOG.debug("engines of this host do not know of each other now", e);
      take(List.of(), most);
    }
    nextBeat = nanos.getAsLong() + BEAT.toNanos();
  }

  private void meet(ClaimFolder folder) throws IOException {
    Instant now = clock.instant();
    folder.claim(now);
    EngineClaim own = folder.own();
    List<EngineClaim> others = folder.others(now);
    List<EngineClaim> neighbours = others.stream().filter(own::meets).toList();
    take(neighbours, fixed ? most : Math.min(most, CoreDeal.share(own, others, cores)));
  }

  private void take(List<EngineClaim> neighbours, int threads) {
    if (threads != share) {
      LOG.info(
          "the engine has {} of {} threads beside {} other engines",
          threads,
          most,
          neighbours.size());
    }
    share = threads;
    use = use(threads, !neighbours.isEmpty());
  }

  private CoreUse use(int threads, boolean hasNeighbours) {
    if (processors.meter(threads)) {
      return CoreUse.METERED;
    }
    return hasNeighbours || threads > processors.allowed().size() ? CoreUse.SHARED : CoreUse.ALONE;
  }

  @Override
  public void close() {
    try {
      if (claims.isPresent()) {
        claims.get().withdraw();
      }
    } catch (IOException e) {
      LOG.debug("a claim is left to grow old", e);
    }
  }
}
