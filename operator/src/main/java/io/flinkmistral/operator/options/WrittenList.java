package io.flinkmistral.operator.options;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A list as options have it, {@code billing; "a; b": what it means}: items between separators, and
 * quotes around what has such signs in it, {@code 'it''s'} or {@code "say ""hi"""}, as in Flink's
 * own lists. What begins with a bracket is JSON. Whatever texts there are, they can be written.
 */
public final class WrittenList {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int NO_END = -1;

  /**
   * An item.
   *
   * @param name what it is
   * @param type words between a name and its colon
   * @param description what stands behind the colon, or is empty
   */
  public record Item(String name, String type, String description) {}

  /**
   * An item as it is written.
   *
   * @param text without its quotes
   * @param quoted whether all of that was in quotes
   * @param behind what stands behind the quotes
   * @param end where the quotes end
   */
  private record Part(String text, boolean quoted, String behind, int end) {}

  private final String option;
  private final String text;
  private final char separator;

  private WrittenList(String option, String text, char separator) {
    this.option = option;
    this.text = text;
    this.separator = separator;
  }

  /** Items between semicolons. */
  public static WrittenList of(String option, String text) {
    return new WrittenList(option, text, ';');
  }

  /** Items between commas, or between semicolons where there is one outside of quotes. */
  public static WrittenList withCommas(String option, String text) {
    WrittenList list = of(option, text);
    return list.hasSemicolon() ? list : new WrittenList(option, text, ',');
  }

  /**
   * Items that are texts.
   *
   * @throws InvalidRequestException where they are not written so; it says where
   */
  public List<String> texts() {
    if (isJson('[')) {
      return jsonTexts();
    }
    return parts().stream()
        .map(
            part -> {
              if (!part.behind().isEmpty()) {
                throw behindQuotes(part);
              }
              return part.text();
            })
        .toList();
  }

  /**
   * Items that may have a description: a JSON object has those, too.
   *
   * @throws InvalidRequestException where they are not written so; it says where
   */
  public List<Item> described() {
    if (isJson('[')) {
      return jsonTexts().stream().map(name -> new Item(name, "", "")).toList();
    }
    if (isJson('{')) {
      return json().properties().stream()
          .map(entry -> new Item(entry.getKey(), "", text(entry.getValue())))
          .toList();
    }
    return parts().stream()
        .map(
            part -> {
              Item item = item(part);
              if (!item.type().isEmpty()) {
                throw behindQuotes(part);
              }
              return item;
            })
        .toList();
  }

  /**
   * Items that may have a colon and more behind them, as one text each, without the quotes.
   *
   * @throws InvalidRequestException where they are not written so; it says where
   */
  public List<String> entries() {
    if (isJson('[') || isJson('{')) {
      return described().stream()
          .map(
              item ->
                  item.description().isEmpty()
                      ? item.name()
                      : item.name() + ":" + item.description())
          .toList();
    }
    return parts().stream()
        .map(
            part -> {
              if (!part.behind().isEmpty() && part.behind().charAt(0) != ':') {
                throw behindQuotes(part);
              }
              return part.text() + part.behind();
            })
        .toList();
  }

  /**
   * Items that may have a type behind their names, and a description: {@code amount number: in
   * euros}.
   *
   * @throws InvalidRequestException where they are not written so; it says where
   */
  public List<Item> typed() {
    return parts().stream().map(part -> part.quoted() ? item(part) : typed(item(part))).toList();
  }

  private static Item typed(Item item) {
    String[] words = item.name().split("\\s+", 2);
    return new Item(words[0], words.length < 2 ? "" : words[1], item.description());
  }

  private static Item item(Part part) {
    String described = part.quoted() ? part.behind() : part.text();
    int colon = described.indexOf(':');
    String before = (colon < 0 ? described : described.substring(0, colon)).strip();
    String description = colon < 0 ? "" : described.substring(colon + 1).strip();
    return part.quoted()
        ? new Item(part.text(), before, description)
        : new Item(before, "", description);
  }

  private boolean isJson(char bracket) {
    String all = text.stripLeading();
    return !all.isEmpty() && all.charAt(0) == bracket;
  }

  private List<String> jsonTexts() {
    List<String> texts = new ArrayList<>();
    json().forEach(node -> texts.add(text(node)));
    return texts;
  }

  private JsonNode json() {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      throw wrong(
          "is no JSON: %s (a text that begins with a bracket needs quotes)"
              .formatted(e.getOriginalMessage()));
    }
  }

  private String text(JsonNode node) {
    if (!node.isString()) {
      throw wrong("must have texts, but has " + Excerpt.of(node.toString()));
    }
    return node.asString();
  }

  private boolean hasSemicolon() {
    boolean begins = true;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      int quotesEnd = begins && isQuote(c) ? endOfQuotes(i) : NO_END;
      if (quotesEnd == NO_END && c == ';') {
        return true;
      }
      begins = quotesEnd == NO_END && (c == ',' || begins && isSpace(c));
      i = quotesEnd == NO_END ? i + 1 : quotesEnd;
    }
    return false;
  }

  private List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    if (text.isEmpty()) {
      return parts;
    }
    int at = 0;
    while (at <= text.length()) {
      int begin = at;
      while (begin < text.length() && isSpace(text.charAt(begin))) {
        begin++;
      }
      boolean quoted = begin < text.length() && isQuote(text.charAt(begin));
      int quotesEnd = quoted ? endOfQuotes(begin) : begin;
      if (quotesEnd == NO_END) {
        throw wrong("has a quote at character %d that does not end".formatted(begin + 1));
      }
      int end = text.indexOf(separator, quotesEnd);
      end = end < 0 ? text.length() : end;
      String rest = text.substring(quotesEnd, end).strip();
      if (!quoted && rest.isEmpty()) {
        throw wrong("has nothing at character %d, where a text should stand".formatted(begin + 1));
      }
      parts.add(
          quoted
              ? new Part(inQuotes(begin, quotesEnd), true, rest, quotesEnd)
              : new Part(rest, false, "", quotesEnd));
      at = end + 1;
    }
    return parts;
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c);
  }

  private static boolean isQuote(char c) {
    return c == '\'' || c == '"';
  }

  /**
   * Behind the quote that ends what begins here; a quote that is there twice is one of the text.
   */
  private int endOfQuotes(int begin) {
    char quote = text.charAt(begin);
    for (int i = begin + 1; i < text.length(); i++) {
      if (text.charAt(i) == quote) {
        if (i + 1 == text.length() || text.charAt(i + 1) != quote) {
          return i + 1;
        }
        i++;
      }
    }
    return NO_END;
  }

  private String inQuotes(int begin, int end) {
    String quote = text.substring(begin, begin + 1);
    return text.substring(begin + 1, end - 1).replace(quote + quote, quote);
  }

  private InvalidRequestException behindQuotes(Part part) {
    return wrong(
        "has \"%s\" behind the quote at character %d: quotes stand around all of a text, and are"
                .formatted(Excerpt.of(part.behind()), part.end())
            + " doubled in it");
  }

  private InvalidRequestException wrong(String what) {
    return new InvalidRequestException(option, "option %s %s".formatted(option, what));
  }
}
