package io.flinkmistral.jobs.options;

import io.flinkmistral.jobs.json.ModerationRule;
import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.operator.options.WrittenList;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.task.ModerationTask;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/** What the chat job judges of all requests, and by what those are judged that ask for it. */
public final class ModerationOptions {
  /** All that are defined below. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  private static final String NOTHING = "none";
  private static final String REPLACE = "replace";

  public static final ConfigOption<String> ON =
      CHECKED.add(
          ConfigOptions.key("moderation.on")
              .stringType()
              .defaultValue(NOTHING)
              .withDescription(
                  "What is judged of all requests: prompt, answer, or both; with none, what a"
                      + " request's field moderation says."),
          Allowed.words(
              Stream.concat(Stream.of(NOTHING), Moderation.Judged.wireNames().stream()).toList()));

  public static final ConfigOption<String> ACTION =
      CHECKED.add(
          ConfigOptions.key("moderation.action")
              .stringType()
              .defaultValue(Moderation.Action.FLAG.wireName())
              .withDescription(
                  "What becomes of a text that is flagged, unless the request says: flag (the"
                      + " answer says so), or block (there is no answer, and the request goes to"
                      + " the topic of those that are blocked)."),
          Allowed.words(Moderation.Action.wireNames()));

  public static final ConfigOption<String> BY_REQUEST =
      CHECKED.add(
          ConfigOptions.key("moderation.by-request")
              .stringType()
              .defaultValue("add")
              .withDescription(
                  "What a request's field moderation does where moderation.on judges all: it can"
                      + " add (another text, and block in place of flag), or replace what the job"
                      + " does, also by none."),
          Allowed.words(List.of("add", REPLACE)));

  public static final ConfigOption<String> RUBRIC =
      RubricOptions.rubric(CHECKED, "What texts are judged by, unless the request says");

  public static final ConfigOption<Double> THRESHOLD =
      RubricOptions.threshold(CHECKED, ", unless the request says.");

  public static final ConfigOption<String> CATEGORIES = RubricOptions.categories(CHECKED);

  private ModerationOptions() {}

  /**
   * Checks the values of all of them, by themselves and beside each other.
   *
   * @throws IllegalArgumentException if one is not allowed; it says which, and what is
   */
  static void check(ReadableConfig options) {
    CHECKED.check(options);
    try {
      ModerationTask.of(rule(options).usual());
    } catch (InvalidRequestException e) {
      throw new IllegalArgumentException(inWordsOfOptions(e), e);
    }
  }

  /** A list says by itself which option it is. */
  private static String inWordsOfOptions(InvalidRequestException e) {
    String parameter = e.parameter();
    if (parameter.equals(CATEGORIES.key()) && e.getMessage().startsWith("option ")) {
      return e.getMessage();
    }
    String option = Moderation.PARAMETER + "." + parameter.replaceFirst("^moderation\\.", "");
    return "option %s: %s".formatted(option, e.getMessage());
  }

  /** What they say. */
  public static ModerationRule rule(ReadableConfig options) {
    String on = options.get(ON);
    Moderation usual =
        Moderation.of(
                Moderation.Judged.ofWireName(on).orElse(Moderation.Judged.BOTH),
                Moderation.Action.ofWireName(options.get(ACTION)).orElseThrow())
            .withRubric(options.get(RUBRIC))
            .withThreshold(options.get(THRESHOLD));
    List<String> listed = WrittenList.of(CATEGORIES.key(), options.get(CATEGORIES)).entries();
    if (!listed.isEmpty()) {
      usual = ModerationTask.listed(usual, listed);
    }
    return new ModerationRule(usual, !on.equals(NOTHING), options.get(BY_REQUEST).equals(REPLACE));
  }
}
