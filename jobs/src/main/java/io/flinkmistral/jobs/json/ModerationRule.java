package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Moderation;
import java.io.Serializable;

/**
 * What a job judges by itself, and what its requests may say of that.
 *
 * @param usual what the job judges; where it judges nothing by itself, what a request that wants to
 *     be judged need not say
 * @param all whether every request is judged
 * @param replaceable whether a request that says something is judged as it says, perhaps not at
 *     all; else what is judged of all is judged of it, too
 */
public record ModerationRule(Moderation usual, boolean all, boolean replaceable)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Who asks for it is judged. */
  public static final ModerationRule WHO_ASKS =
      new ModerationRule(
          Moderation.of(Moderation.Judged.BOTH, Moderation.Action.FLAG), false, false);

  /** Whether nothing that a request says makes it less than the job's. */
  boolean binds() {
    return all && !replaceable;
  }

  /**
   * What is judged by the usual rubric of a request that says this much; where the job's binds, the
   * texts of either, and the stricter action.
   */
  Moderation of(Moderation.Judged judged, Moderation.Action action) {
    boolean more = binds() && judged != usual.judged();
    boolean stricter = binds() && usual.action() == Moderation.Action.BLOCK;
    return new Moderation(
        more ? Moderation.Judged.BOTH : judged,
        stricter ? Moderation.Action.BLOCK : action,
        usual.rubric(),
        usual.threshold(),
        usual.thresholds(),
        usual.categories());
  }
}
