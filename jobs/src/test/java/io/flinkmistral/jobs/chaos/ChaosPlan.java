package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.chaos.Disturbance.Victim;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** All blows of a run, drawn from its seed. */
final class ChaosPlan {
  private static final int PAUSE_MILLIS = 20_000;
  private static final int MOST_DOWN_MILLIS = 1500;
  private static final int MOST_DELAY_MILLIS = 60;
  private static final int MOST_RECOVERY_MILLIS = 5000;
  private static final double BEGIN = 0.03;
  private static final double END = 0.93;

  private final Random random;
  private final Map<Victim, List<Moment>> moments = new EnumMap<>(Victim.class);

  private ChaosPlan(long seed) {
    this.random = new Random(seed);
  }

  static List<Disturbance> of(ChaosSettings settings) {
    return new ChaosPlan(settings.seed()).draw(settings);
  }

  private List<Disturbance> draw(ChaosSettings settings) {
    List<Victim> victims = new ArrayList<>();
    victims.addAll(Collections.nCopies(settings.taskManagerKills(), Victim.TASK_MANAGER));
    victims.addAll(Collections.nCopies(settings.jobManagerKills(), Victim.JOB_MANAGER));
    victims.addAll(Collections.nCopies(settings.brokerKills(), Victim.BROKER));
    victims.addAll(Collections.nCopies(settings.pauses(), Victim.PAUSED_TASK_MANAGER));
    Collections.shuffle(victims, random);
    List<Disturbance> plan = new ArrayList<>();
    for (int i = 0; i < victims.size(); i++) {
      double progress = BEGIN + (END - BEGIN) * (i + random.nextDouble()) / victims.size();
      plan.add(draw(victims.get(i), progress, plan.isEmpty()));
    }
    return plan;
  }

  private Disturbance draw(Victim victim, double progress, boolean first) {
    Moment moment = nextMoment(victim);
    if (first && moment == Moment.RECOVERY) {
      moment = nextMoment(victim);
    }
    int delay =
        random.nextInt(moment == Moment.RECOVERY ? MOST_RECOVERY_MILLIS : MOST_DELAY_MILLIS);
    int down =
        victim == Victim.PAUSED_TASK_MANAGER ? PAUSE_MILLIS : random.nextInt(MOST_DOWN_MILLIS);
    return new Disturbance(victim, moment, progress, delay, down);
  }

  /** A victim is hit at every moment before it is at one for the second time. */
  private Moment nextMoment(Victim victim) {
    List<Moment> left = moments.computeIfAbsent(victim, v -> new ArrayList<>());
    if (left.isEmpty()) {
      left.addAll(List.of(Moment.values()));
      Collections.shuffle(left, random);
    }
    return left.removeLast();
  }
}
