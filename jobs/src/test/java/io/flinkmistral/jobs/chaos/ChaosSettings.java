package io.flinkmistral.jobs.chaos;

/**
 * How much chaos: from the properties {@code chaos} (short or long), {@code chaos.seed,
 * .conversations, .turns, .kills}.
 *
 * @param turns of each conversation
 * @param kills of TaskManagers, JobManager and broker together
 * @param pauses of a TaskManager
 */
record ChaosSettings(long seed, int conversations, int turns, int kills, int pauses) {
  static ChaosSettings fromProperties() {
    boolean isLong =
        switch (System.getProperty("chaos", "short")) {
          case "short" -> false;
          case "long" -> true;
          default ->
              throw new IllegalArgumentException(
                  "-Dchaos is short or long, but not " + System.getProperty("chaos"));
        };
    return new ChaosSettings(
        Long.getLong("chaos.seed", 1),
        Integer.getInteger("chaos.conversations", isLong ? 200 : 20),
        Integer.getInteger("chaos.turns", isLong ? 5 : 3),
        Integer.getInteger("chaos.kills", isLong ? 14 : 3),
        isLong ? 1 : 0);
  }

  int requests() {
    return conversations * turns;
  }

  /** Two of fourteen, or one where there are fewer. */
  int jobManagerKills() {
    return Math.min(kills, Math.max(1, kills / 7));
  }

  int brokerKills() {
    return Math.min(kills - jobManagerKills(), Math.max(1, kills / 7));
  }

  int taskManagerKills() {
    return kills - jobManagerKills() - brokerKills();
  }
}
