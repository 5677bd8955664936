package io.flinkmistral.jobs.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Records of a sender that means harm, of many kinds, and the same ones for the same seed. Those
 * that are requests after all are of few conversations, which they begin anew: what is kept of them
 * does not grow.
 */
public final class HostileRecords {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final int CONVERSATIONS = 32;

  /** Where lengths are limited, and around. */
  private static final int[] LENGTHS = {0, 1, 2, 255, 256, 257, 512, 1023, 1024, 1025, 2048};

  private static final List<String> FIELDS =
      List.of(
          "request_id conversation_id messages max_tokens max_completion_tokens temperature top_p"
              .concat(" top_k min_p seed stop stream reset fork tools tool_choice n logprobs user")
              .concat(" response_format logit_bias stream_options metadata frequency_penalty")
              .split(" "));

  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "1.5",
          "5.0",
          "1e400",
          "-0",
          "9223372036854775808",
          "\"\"",
          "\"text\"",
          "[]",
          "{}",
          "[null]",
          "[[]]",
          "[{}]",
          "{\"\":{}}");

  /** Well-made, odd and hostile ones; small enough that all of them are compiled in a moment. */
  private static final List<String> FORMS =
      List.of(
          "\"response_format\":{\"type\":\"json_object\"},",
          "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}}},",
          "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"$ref\":\"#\"}}},",
          "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"not\":{}}}},",
          "\"response_format\":{\"type\":\"json_schema\"},",
          "\"structured_outputs\":{\"json\":{\"enum\":[1,null,\"\u2028\"]}},",
          "\"structured_outputs\":{\"choice\":[\"yes\",\"no\"]},",
          "\"structured_outputs\":{\"choice\":[]},",
          "\"structured_outputs\":{\"regex\":\"[a-z]{1,9}\"},",
          "\"structured_outputs\":{\"regex\":\"(a*)*b\"},",
          "\"structured_outputs\":{\"regex\":\"[a-z]{1000000}\"},",
          "\"structured_outputs\":{\"regex\":\"(\"},",
          "\"structured_outputs\":{\"grammar\":\"root ::= \\\"a\\\" root | \\\"b\\\"\"},",
          "\"structured_outputs\":{\"grammar\":\"root ::= root \\\"a\\\"\"},",
          "\"structured_outputs\":{\"regex\":\"a\",\"choice\":[\"a\"]},");

  private final Random random;
  private final int mostBytes;
  private int number;

  /** A kind of record. */
  public enum Kind {
    NULL_VALUE,
    EMPTY_VALUE,
    NULL_KEY,
    OTHER_KEY,
    RANDOM_KEY,
    LONG_KEY,
    RANDOM_BYTES,
    BAD_UTF8,
    CUT_SHORT,
    BYTE_ORDER_MARK,
    DEEP_NESTING,
    HUGE_NUMBER,
    DUPLICATE_FIELD,
    LONE_SURROGATE,
    LONG_REQUEST_ID,
    LONG_CONVERSATION_ID,
    LONG_FORK,
    ODD_FORK,
    LONG_TOOL_NAME,
    WRONG_TYPE,
    WRONG_INSIDE,
    UNKNOWN_FIELD,
    NUMBER_AS_ID,
    CONTROL_CHARACTERS,
    LONG_PROMPT,
    LONG_GARBAGE,
    COMPRESSED,
    HEADER_BOMB,
    ODD_HEADERS,
    MANY_MESSAGES,
    MANY_TOOLS,
    MANY_STOPS,
    ODD_MESSAGES,
    ODD_TOOL_CALLS,
    TRAILING_TEXT,
    ODD_CONTROL,
    CANCELLATION,
    SEVERAL_ANSWERS,
    FORM,
    TIMED,
    LONG_DIALOGUE,
    ODD_REPLY_HEADERS,
    STREAMED;

    /** Whether something comes of each record of this kind, and not only of those that it names. */
    public boolean isAnswered() {
      return this != CANCELLATION;
    }
  }

  /**
   * A record.
   *
   * @param compressed whether it is to be sent in a compressed batch
   */
  public record HostileRecord(
      Kind kind, byte[] key, byte[] value, List<Header> headers, boolean compressed) {}

  /**
   * @param mostBytes of a record that is not compressed
   */
  public HostileRecords(long seed, int mostBytes) {
    this.random = new Random(seed);
    this.mostBytes = mostBytes;
  }

  /** The next one; kinds take turns. */
  public HostileRecord next() {
    Kind kind = Kind.values()[number % Kind.values().length];
    number++;
    String conversation = "h-" + random.nextInt(CONVERSATIONS);
    byte[] key = random.nextInt(4) == 0 ? null : conversation.getBytes(UTF_8);
    return switch (kind) {
      case NULL_VALUE -> record(kind, key, (byte[]) null);
      case EMPTY_VALUE -> record(kind, key, new byte[0]);
      case NULL_KEY -> record(kind, null, request(conversation, ""));
      case OTHER_KEY -> record(kind, "other".getBytes(UTF_8), request(conversation, ""));
      case RANDOM_KEY -> record(kind, bytes(length()), request(conversation, ""));
      case LONG_KEY -> longConversation(kind, length());
      case RANDOM_BYTES -> record(kind, key, bytes(length()));
      case BAD_UTF8 -> record(kind, key, spoilt(request(conversation, "")));
      case CUT_SHORT -> {
        byte[] whole = request(conversation, "\"tools\":[],").getBytes(UTF_8);
        yield record(kind, key, Arrays.copyOf(whole, random.nextInt(whole.length)));
      }
      case BYTE_ORDER_MARK -> record(kind, key, "\ufeff" + request(conversation, ""));
      case DEEP_NESTING -> record(kind, key, request(conversation, nested()));
      case HUGE_NUMBER -> record(kind, key, request(conversation, hugeNumber()));
      case DUPLICATE_FIELD -> {
        String field = pick(FIELDS);
        yield record(kind, key, request(conversation, field(field, "1") + field(field, "2")));
      }
      case LONE_SURROGATE ->
          record(
              kind,
              key,
              request(conversation, pick(List.of("\"a\\ud800\":1,", "\"stop\":\"\\udc00\","))));
      case LONG_REQUEST_ID ->
          record(kind, key, request(conversation, "", number + "-" + "r".repeat(length())));
      case LONG_CONVERSATION_ID -> longConversation(kind, pick(LENGTHS));
      case LONG_FORK -> record(kind, key, request(conversation, fork("f".repeat(length()), "1")));
      case ODD_FORK ->
          record(
              kind, "h-0".getBytes(UTF_8), request("h-0~" + number % 3, fork("h-0", pick(VALUES))));
      case LONG_TOOL_NAME -> record(kind, key, request(conversation, tools(1, pick(LENGTHS))));
      case WRONG_TYPE ->
          record(kind, key, request(conversation, field(pick(FIELDS), pick(VALUES))));
      case WRONG_INSIDE -> record(kind, key, wrongInside(conversation));
      case UNKNOWN_FIELD ->
          record(kind, key, request(conversation, field(oddText(), pick(VALUES))));
      case NUMBER_AS_ID ->
          record(
              kind,
              key,
              request(conversation, "").replaceFirst("\"r-", "-").replaceFirst("-r\"", ""));
      case CONTROL_CHARACTERS ->
          record(kind, key, request(conversation, "", number + "\r\n\u001b[2J\u202e\u0000"));
      case LONG_PROMPT -> record(kind, key, request(conversation, prompt(length())));
      case LONG_GARBAGE -> record(kind, key, "x".repeat(length()));
      case COMPRESSED -> compressed(kind, key, conversation);
      case HEADER_BOMB -> new HostileRecord(kind, key, valid(conversation), bomb(), false);
      case ODD_HEADERS -> new HostileRecord(kind, key, valid(conversation), oddHeaders(), false);
      case MANY_MESSAGES ->
          record(kind, key, request(conversation, messages(random.nextInt(2000))));
      case MANY_TOOLS -> record(kind, key, request(conversation, tools(random.nextInt(200), 3)));
      case MANY_STOPS -> record(kind, key, request(conversation, stops(random.nextInt(40))));
      case ODD_MESSAGES -> record(kind, key, request(conversation, oddMessages()));
      case ODD_TOOL_CALLS -> record(kind, key, request(conversation, oddToolCalls()));
      case TRAILING_TEXT ->
          record(kind, key, request(conversation, "") + pick(List.of("x", "{}", "\u0000", " \n")));
      case ODD_CONTROL -> record(kind, key, oddControl(conversation));
      case CANCELLATION -> record(kind, key, cancellation(conversation));
      case SEVERAL_ANSWERS -> record(kind, key, request(conversation, severalAnswers()));
      case FORM -> record(kind, key, request(conversation, few() + pick(FORMS) + severalAnswers()));
      case TIMED -> record(kind, key, request(conversation, timed()));
      case LONG_DIALOGUE -> record(kind, key, request(conversation, longDialogue()));
      case ODD_REPLY_HEADERS ->
          new HostileRecord(kind, key, valid(conversation), oddReplyHeaders(), false);
      case STREAMED ->
          record(kind, key, request(conversation, field("stream", "true"), longestId()));
    };
  }

  /** Of a request of this conversation, of another one's, or of nobody's. */
  private String cancellation(String conversation) {
    String target =
        pick(
            List.of(
                "r-" + (number - random.nextInt(2 * Kind.values().length)) + "-r",
                "good-" + random.nextInt(40),
                "\ud83d\ude00",
                "x".repeat(1024)));
    return "{\"cancel\":%s,\"conversation_id\":%s}".formatted(quoted(target), quoted(conversation));
  }

  /** With few tokens, at a temperature. */
  private static String few() {
    return "\"max_tokens\":9,\"temperature\":1,\"reset\":true,";
  }

  private String severalAnswers() {
    return field("n", pick(List.of("1", "2", "3", "16", "17", "0")))
        + field("stream", pick(List.of("true", "false")))
        + pick(
            List.of(
                "",
                "\"logprobs\":true,",
                "\"logprobs\":true,\"top_logprobs\":20,",
                "\"top_logprobs\":3,",
                "\"logprobs\":true,\"top_logprobs\":21,",
                "\"prompt_logprobs\":1,",
                "\"prompt_logprobs\":-1,"));
  }

  private String timed() {
    return field(
            "timeout",
            pick(List.of("0.001", "0.2", "1e9", "0", "-1", "1e400", "\"5\"", "1e-300", "true")))
        + field("priority", pick(List.of("-100", "0", "100", "101", "-101", "1e2", "0.5")))
        + field("stream", pick(List.of("true", "false")));
  }

  /** One that the context has no room for, and that may be shortened. */
  private String longDialogue() {
    return messages(100 + random.nextInt(500))
        + field("truncation", pick(List.of("\"auto\"", "\"auto\"", "\"disabled\"", "\"\"", "null")))
        + field("history", pick(List.of("\"full\"", "\"append\"")))
        + field("n", pick(List.of("1", "3")))
        + (random.nextInt(3) == 0 ? few() + pick(FORMS) : "");
  }

  private List<Header> oddReplyHeaders() {
    Header topic =
        pick(
            List.of(
                new RecordHeader("kafka_replyTopic", (byte[]) null),
                new RecordHeader("kafka_replyTopic", new byte[0]),
                new RecordHeader("kafka_replyTopic", "..".getBytes(UTF_8)),
                new RecordHeader("kafka_replyTopic", "__consumer_offsets".getBytes(UTF_8)),
                new RecordHeader("kafka_replyTopic", "replies".getBytes(UTF_8)),
                new RecordHeader("kafka_replyTopic", bytes(length()))));
    Header partition =
        new RecordHeader(
            "kafka_replyPartition", pick(List.of(new byte[0], new byte[3], new byte[4], bytes(4))));
    return pick(List.of(List.of(topic), List.of(partition), List.of(topic, partition)));
  }

  /** None that cancels: something is to come of each record. */
  private String oddControl(String conversation) {
    String value = pick(VALUES);
    return switch (random.nextInt(4)) {
      case 0 -> "{\"forget\":%s,\"request_id\":\"f-%d\"}".formatted(value, number);
      case 1 -> "{\"show\":\"%s\",\"request_id\":%s}".formatted(conversation, value);
      case 2 -> "{\"show\":\"%s\",\"forget\":%s}".formatted(conversation, value);
      default ->
          "{\"cancel\":%s,\"conversation_id\":\"%s\",\"messages\":[]}"
              .formatted(value, conversation);
    };
  }

  private HostileRecord longConversation(Kind kind, int length) {
    String conversation = "c".repeat(length);
    return record(kind, conversation.getBytes(UTF_8), request(conversation, ""));
  }

  private HostileRecord compressed(Kind kind, byte[] key, String conversation) {
    int length = mostBytes / 4 * (1 + random.nextInt(8));
    return new HostileRecord(
        kind, key, request(conversation, prompt(length)).getBytes(UTF_8), List.of(), true);
  }

  private static HostileRecord record(Kind kind, byte[] key, String value) {
    return record(kind, key, value.getBytes(UTF_8));
  }

  private static HostileRecord record(Kind kind, byte[] key, byte[] value) {
    return new HostileRecord(kind, key, value, List.of(), false);
  }

  private byte[] valid(String conversation) {
    return request(conversation, "").getBytes(UTF_8);
  }

  private String request(String conversation, String fields) {
    return request(conversation, fields, "r-" + number + "-r");
  }

  /** A request but for {@code fields}, each of which ends with a comma. */
  private static String request(String conversation, String fields, String requestId) {
    return "{\"request_id\":%s,%s\"conversation_id\":%s%s%s}"
        .formatted(
            quoted(requestId),
            fields,
            quoted(conversation),
            fields.contains("\"max_tokens\"") ? "" : ",\"max_tokens\":2,\"reset\":true",
            fields.contains("\"messages\"") ? "" : "," + prompt("Hi"));
  }

  private static String prompt(String text) {
    return "\"messages\":[{\"role\":\"user\",\"content\":" + quoted(text) + "}]";
  }

  private String prompt(int length) {
    return prompt("word ".repeat(length / 5)) + ",";
  }

  private static String field(String name, String value) {
    return quoted(name) + ":" + value + ",";
  }

  private static String fork(String conversation, String turn) {
    return field(
        "fork", "{\"conversation_id\":%s,\"turn\":%s}".formatted(quoted(conversation), turn));
  }

  private String nested() {
    int depth = 1 + random.nextInt(20_000);
    String open = random.nextBoolean() ? "[" : "{\"a\":";
    String close = open.equals("[") ? "]" : "}";
    return field(pick(FIELDS), open.repeat(depth) + "1" + close.repeat(depth));
  }

  private String hugeNumber() {
    String digits = Integer.toString(1 + random.nextInt(9)).repeat(pick(310, 999, 1001, 5000));
    return field(
        pick(FIELDS), pick(List.of("", "-")) + digits + pick(List.of("", "e999999999", ".5")));
  }

  private String tools(int count, int nameLength) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                "{\"type\":\"function\",\"function\":{\"name\":\"%s\"}}"
                    .formatted("n".repeat(nameLength)))
        .collect(Collectors.joining(",", "\"tools\":[", "],"));
  }

  private static String messages(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> "{\"role\":\"%s\",\"content\":\"a\"}".formatted(i % 2 == 0 ? "user" : "assistant"))
        .collect(Collectors.joining(",", "\"messages\":[", "],"));
  }

  private static String stops(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> quoted("stop" + i))
        .collect(Collectors.joining(",", "\"stop\":[", "],"));
  }

  /** A request with one value anywhere inside, of those that it has of each kind, replaced. */
  private String wrongInside(String conversation) {
    JsonNode root =
        MAPPER.readTree(
            request(
                conversation,
                """
                "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
                "messages":[{"role":"user","content":[{"type":"text","text":"a"}]},
                {"role":"assistant","content":null,"tool_calls":[{"id":"abcdefghi","type":"function",
                "function":{"name":"f","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"abcdefghi","content":"b"}],
                """));
    JsonNode parent = root;
    while (true) {
      List<JsonNode> inner =
          parent.valueStream().filter(node -> node.isContainer() && !node.isEmpty()).toList();
      if (inner.isEmpty() || (parent != root && random.nextInt(3) == 0)) {
        break;
      }
      parent = pick(inner);
    }
    JsonNode wrong = MAPPER.readTree(pick(VALUES));
    switch (parent) {
      case ObjectNode object -> object.set(pick(List.copyOf(object.propertyNames())), wrong);
      case ArrayNode array -> array.set(random.nextInt(array.size()), wrong);
      default -> throw new AssertionError("no container: " + parent);
    }
    return root.toString();
  }

  private String oddMessages() {
    String role = pick(List.of("system", "developer", "user", "assistant", "tool", "function", ""));
    String content =
        pick(
            List.of(
                "\"\"",
                "null",
                "[]",
                "[{\"type\":\"text\"}]",
                "[{\"type\":\"text\",\"text\":\"Hi\"}]",
                "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:\"}}]",
                "[\"Hi\"]",
                "7"));
    return field("messages", "[{\"role\":\"%s\",\"content\":%s}]".formatted(role, content));
  }

  private String oddToolCalls() {
    String id = pick(List.of("", "x", "abcdefghi", "call_" + "y".repeat(pick(LENGTHS))));
    String arguments = pick(List.of("", "{", "{}", "[1e3,1e400]", "\u0000", "9".repeat(2000)));
    return field(
        "messages",
        "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":%s,\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":%s}}]},{\"role\":\"tool\",\"tool_call_id\":%s,\"content\":%s}]"
            .formatted(quoted(id), quoted(arguments), quoted(id), quoted(arguments)));
  }

  private List<Header> bomb() {
    List<Header> headers = new ArrayList<>();
    int count = 1 + random.nextInt(3000);
    for (int i = 0; i < count; i++) {
      headers.add(new RecordHeader("h" + i, bytes(random.nextInt(100))));
    }
    headers.add(new RecordHeader("big", bytes(length())));
    return headers;
  }

  private List<Header> oddHeaders() {
    return List.of(
        new RecordHeader("", null),
        new RecordHeader("traceparent", bytes(20)),
        new RecordHeader("__streams.errors.offset", "7".getBytes(UTF_8)),
        new RecordHeader("mistral.source", null),
        new RecordHeader("n".repeat(length()), bytes(1)));
  }

  private String longestId() {
    String id = number + "\u0001".repeat(1024);
    return id.substring(0, 1024);
  }

  private String oddText() {
    return pick(
        List.of("", "\r\n\u001b[2J", "\u202e", "\ud83d\ude00", "x".repeat(length() % 3000)));
  }

  private byte[] spoilt(String text) {
    byte[] value = text.getBytes(UTF_8);
    value[random.nextInt(value.length)] = (byte) (0x80 + random.nextInt(0x80));
    return value;
  }

  /** Mostly short, some up to what the topic takes. */
  private int length() {
    int most = random.nextInt(20) == 0 ? mostBytes : 3000;
    return (int) Math.exp(random.nextDouble() * Math.log(most)) - 1;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private int pick(int... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> T pick(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private static String quoted(String text) {
    return MAPPER.writeValueAsString(text);
  }
}
