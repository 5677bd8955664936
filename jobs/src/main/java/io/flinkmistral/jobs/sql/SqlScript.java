package io.flinkmistral.jobs.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Takes a script apart into statements, which end with semicolons: those that are not in a text, a
 * quoted name, a comment, or between {@code STATEMENT SET BEGIN} and {@code END}.
 */
public final class SqlScript {
  private static final List<String> BLOCK = List.of("STATEMENT", "SET", "BEGIN");

  /**
   * A statement.
   *
   * @param line of the script that it begins in, from 1
   */
  public record Statement(String text, int line) {}

  /**
   * A text, taken apart.
   *
   * @param statements that are complete
   * @param rest after the last semicolon; empty where nothing but comments is there
   */
  public record Split(List<Statement> statements, String rest) {}

  private final String script;
  private final List<Statement> statements = new ArrayList<>();

  /** The last words of the statement under way. */
  private final List<String> words = new ArrayList<>();

  private int at;
  private int begin = -1;
  private boolean inBlock;

  /** Words, texts and signs since the last semicolon, or the block's BEGIN. */
  private int parts;

  private SqlScript(String script) {
    this.script = script;
  }

  /** All statements; the last one may be without a semicolon. */
  public static List<Statement> statements(String script) {
    SqlScript parsed = new SqlScript(script);
    parsed.split();
    parsed.end(script.length());
    return List.copyOf(parsed.statements);
  }

  /** What is complete, and what is not. */
  public static Split split(String text) {
    SqlScript parsed = new SqlScript(text);
    parsed.split();
    String rest = parsed.begin < 0 ? "" : text.substring(parsed.begin);
    return new Split(List.copyOf(parsed.statements), rest);
  }

  private void split() {
    while (at < script.length()) {
      char c = script.charAt(at);
      if (script.startsWith("--", at)) {
        at = after("\n", at);
      } else if (script.startsWith("/*", at)) {
        at = after("*/", at + 2);
      } else if (c == ';') {
        semicolon();
      } else if (Character.isWhitespace(c)) {
        at++;
      } else {
        part(c);
      }
    }
  }

  private void part(char c) {
    begin = begin < 0 ? at : begin;
    parts++;
    if (c == '\'' || c == '`' || c == '"') {
      // A quote that is doubled inside ends one text and begins the next.
      at = after(String.valueOf(c), at + 1);
      words.clear();
    } else if (Character.isJavaIdentifierStart(c)) {
      word();
    } else {
      at++;
      words.clear();
    }
  }

  private void word() {
    int from = at;
    while (at < script.length() && Character.isJavaIdentifierPart(script.charAt(at))) {
      at++;
    }
    words.add(script.substring(from, at).toUpperCase(Locale.ROOT));
    int first = words.size() - BLOCK.size();
    if (!inBlock && first >= 0 && words.subList(first, words.size()).equals(BLOCK)) {
      inBlock = true;
      parts = 0;
    }
  }

  private void semicolon() {
    // CASE has an END, too, but never as the only word between semicolons.
    if (inBlock && !(parts == 1 && words.equals(List.of("END")))) {
      words.clear();
      parts = 0;
    } else {
      end(at);
    }
    at++;
  }

  private void end(int to) {
    if (begin >= 0) {
      int line = 1 + (int) script.substring(0, begin).chars().filter(c -> c == '\n').count();
      statements.add(new Statement(script.substring(begin, to).strip(), line));
    }
    begin = -1;
    inBlock = false;
    parts = 0;
    words.clear();
  }

  private int after(String end, int from) {
    int found = script.indexOf(end, from);
    return found < 0 ? script.length() : found + end.length();
  }
}
