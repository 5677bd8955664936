package io.flinkmistral.jobs.gateway.options;

import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.operator.options.Allowed;
import io.flinkmistral.operator.options.CheckedOptions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The options of the gateway, with those that it shares with the job behind the topics. */
public final class GatewayOptions {
  /** All of them. */
  public static final CheckedOptions CHECKED = new CheckedOptions();

  static {
    Set<ConfigOption<?>> shared =
        new HashSet<>(
            Set.of(
                ChatJobOptions.BOOTSTRAP_SERVERS,
                ChatJobOptions.KAFKA_PROPERTIES,
                ChatJobOptions.GROUP_ID,
                ChatJobOptions.MAX_BYTES,
                ChatJobOptions.UNKNOWN_FIELDS));
    for (ChatTopic topic : ChatTopic.values()) {
      shared.add(topic.option());
    }
    CHECKED.addFrom(ChatJobOptions.CHECKED, shared::contains);
  }

  public static final ConfigOption<String> ADDRESS =
      CHECKED.add(
          ConfigOptions.key("gateway.address")
              .stringType()
              .defaultValue("127.0.0.1")
              .withDescription(
                  "Address that it listens at. Another one than the loopback's needs API keys, or"
                      + " gateway.open."),
          Allowed.line(256));

  public static final ConfigOption<Integer> PORT =
      CHECKED.add(
          ConfigOptions.key("gateway.port")
              .intType()
              .defaultValue(8000)
              .withDescription("Port that it listens at; 0 for any that is free."),
          Allowed.numbers(0, 65_535));

  public static final ConfigOption<List<String>> HOSTS =
      CHECKED.add(
          ConfigOptions.key("gateway.hosts")
              .stringType()
              .asList()
              .defaultValues()
              .withDescription(
                  "Names by which clients call it, separated by semicolons, beside those of the"
                      + " loopback interface. Without API keys a request that calls it by another"
                      + " one is refused: somebody has resolved that name to this machine."),
          new Allowed<>(
              "names separated by semicolons", names -> names.stream().noneMatch(String::isBlank)));

  public static final ConfigOption<List<String>> MODELS =
      CHECKED.add(
          ConfigOptions.key("gateway.models")
              .stringType()
              .asList()
              .defaultValues("mistral")
              .withDescription(
                  "Names that requests may give the job's model, separated by semicolons; the"
                      + " first is the one that answers carry. Another one is not found."),
          new Allowed<>(
              "names separated by semicolons",
              names -> !names.isEmpty() && names.stream().noneMatch(String::isBlank)));

  public static final ConfigOption<String> API_KEYS =
      CHECKED.add(
          ConfigOptions.key("gateway.api-keys")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "File of API keys: a line has a name and the SHA-256 of a key, in hexadecimal. It"
                      + " is read again when it changes. Without it nobody is asked for a key."),
          Allowed.line(4096));

  public static final ConfigOption<Boolean> OPEN =
      CHECKED.add(
          ConfigOptions.key("gateway.open")
              .booleanType()
              .defaultValue(false)
              .withDescription(
                  "Whether another address than the loopback's needs no API keys: for a network"
                      + " that lets nobody else in, such as that of containers."),
          Allowed.trueOrFalse());

  public static final ConfigOption<String> CERTIFICATE =
      CHECKED.add(
          ConfigOptions.key("gateway.tls-certificate")
              .stringType()
              .noDefaultValue()
              .withDescription("File of the certificate chain, in PEM: TLS instead of plain HTTP."),
          Allowed.line(4096));

  public static final ConfigOption<String> PRIVATE_KEY =
      CHECKED.add(
          ConfigOptions.key("gateway.tls-key")
              .stringType()
              .noDefaultValue()
              .withDescription("File of its private key, in PEM."),
          Allowed.line(4096));

  public static final ConfigOption<Integer> MOST_CALLS =
      CHECKED.add(
          ConfigOptions.key("gateway.max-calls")
              .intType()
              .defaultValue(2000)
              .withDescription("Most calls that wait for answers at once; one more gets 503."),
          Allowed.numbers(1, 1_000_000));

  public static final ConfigOption<Integer> MOST_QUEUED =
      CHECKED.add(
          ConfigOptions.key("gateway.max-queued")
              .intType()
              .defaultValue(10_000)
              .withDescription(
                  "Most requests that wait for the job, whoever has sent them; while there are as"
                      + " many, new ones get 429. 0 for as many as come."),
          Allowed.numbers(0, 100_000_000));

  public static final ConfigOption<String> FLINK =
      CHECKED.add(
          ConfigOptions.key("gateway.flink")
              .stringType()
              .noDefaultValue()
              .withDescription(
                  "Where Flink's REST API is, host:port: it says how many requests wait in the"
                      + " job's state. Without it only those count that the job has not read."),
          new Allowed<>(
              "host:port", address -> address.matches("(\\[[0-9a-fA-F:]+]|[^\\s/:]+):[0-9]{1,5}")));

  public static final ConfigOption<Integer> DIALOGUES =
      CHECKED.add(
          ConfigOptions.key("gateway.dialogues")
              .intType()
              .defaultValue(100_000)
              .withDescription(
                  "How many dialogues it remembers the conversations of, so that who asks on finds"
                      + " keys and values; some 300 bytes each. Answers are the same."),
          Allowed.numbers(1, 100_000_000));

  public static final ConfigOption<Duration> RESPONSES_TTL =
      CHECKED.add(
          ConfigOptions.key("gateway.responses-ttl")
              .durationType()
              .defaultValue(Duration.ofDays(30))
              .withDescription(
                  "For how long a response can be gone on from that nobody has gone on from; 0 as"
                      + " long as the job's conversation.ttl says."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(10_000)));

  public static final ConfigOption<Duration> STATELESS_TTL =
      CHECKED.add(
          ConfigOptions.key("gateway.stateless-ttl")
              .durationType()
              .defaultValue(Duration.ofDays(1))
              .withDescription(
                  "After which time without requests a conversation is forgotten that the gateway"
                      + " has made for calls that name none; 0 when the job's conversation.ttl"
                      + " says."),
          Allowed.durations(Duration.ZERO, Duration.ofDays(10_000)));

  public static final ConfigOption<Integer> REQUESTS_A_MINUTE =
      CHECKED.add(
          ConfigOptions.key("gateway.requests-per-minute")
              .intType()
              .defaultValue(0)
              .withDescription(
                  "Most requests of an API key in a minute, at this gateway; one more gets 429. 0"
                      + " for as many as come."),
          Allowed.numbers(0, 100_000_000));

  public static final ConfigOption<Integer> TOKENS_A_MINUTE =
      CHECKED.add(
          ConfigOptions.key("gateway.tokens-per-minute")
              .intType()
              .defaultValue(0)
              .withDescription("The same of tokens, of prompts and answers together."),
          Allowed.numbers(0, Integer.MAX_VALUE));

  public static final ConfigOption<MemorySize> UNSENT =
      CHECKED.add(
          ConfigOptions.key("gateway.max-unsent")
              .memoryType()
              .defaultValue(MemorySize.parse("1 mb"))
              .withDescription(
                  "Most bytes of a stream that wait for its client to take them; a slower one is"
                      + " dropped."),
          Allowed.sizes("1 kb", "1 gb"));

  public static final ConfigOption<Duration> BODY_TIMEOUT =
      CHECKED.add(
          ConfigOptions.key("gateway.body-timeout")
              .durationType()
              .defaultValue(Duration.ofSeconds(30))
              .withDescription(
                  "Time in which a connection has to bring a whole request, from its beginning or"
                      + " the end of the answer before; and in which a page that looks at the"
                      + " topics has to take something."),
          Allowed.durations(Duration.ofMillis(100), Duration.ofHours(1)));

  public static final ConfigOption<Duration> LOOK_BACK =
      CHECKED.add(
          ConfigOptions.key("gateway.look-back")
              .durationType()
              .defaultValue(Duration.ofHours(1))
              .withDescription(
                  "How far back in the topics a request with an Idempotency-Key is looked for; one"
                      + " that is sent again later is computed again. Topics have to keep records"
                      + " for that long."),
          Allowed.durations(Duration.ofSeconds(1), Duration.ofDays(7)));

  public static final ConfigOption<Integer> MOST_LOOK_BACKS =
      CHECKED.add(
          ConfigOptions.key("gateway.look-backs")
              .intType()
              .defaultValue(8)
              .withDescription(
                  "Most requests that are looked for at once; others wait, and get 503 where too"
                      + " many do."),
          Allowed.numbers(1, 1000));

  private GatewayOptions() {}
}
