package io.flinkmistral.constraint.gbnf;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import java.util.ArrayList;
import java.util.List;

/** Reads literals and classes with their escapes. */
final class GbnfCharacters {
  private final GbnfText text;

  GbnfCharacters(GbnfText text) {
    this.text = text;
  }

  /** Up to the closing quotation mark; the opening one is read. */
  String literal(int start) {
    StringBuilder literal = new StringBuilder();
    while (text.peek() != '"') {
      literal.appendCodePoint(character(start, "the literal has no end"));
    }
    text.take();
    return literal.toString();
  }

  /** Up to the closing bracket; the opening one is read. */
  CodePoints characterClass(int start) {
    boolean not = text.takeIf("^");
    List<Range> ranges = new ArrayList<>();
    while (text.peek() != ']') {
      int position = text.position();
      int first = character(start, "the class has no end");
      int last = first;
      if (text.peek() == '-' && text.peek(1) != ']') {
        text.take();
        last = character(start, "the class has no end");
      }
      if (first > last) {
        throw text.refused(position, "the range's last character is before its first");
      }
      ranges.add(new Range(first, last));
    }
    text.take();
    CodePoints all = CodePoints.of(ranges);
    CodePoints set = not ? all.complement() : all;
    if (set.isEmpty()) {
      throw text.refused(start, "the class has no character");
    }
    return set;
  }

  private int character(int start, String noEnd) {
    int position = text.position();
    int character = text.take();
    if (character == GbnfText.END || character == '\n' || character == '\r') {
      throw text.refused(start, noEnd);
    }
    int value = character == '\\' ? escaped(position) : character;
    if (value > Character.MAX_CODE_POINT
        || value < 0
        || value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
      throw text.refused(position, "this is no Unicode character");
    }
    return value;
  }

  private int escaped(int position) {
    int character = text.take();
    return switch (character) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '"', '[', ']', '\\' -> character;
      case 'x' -> text.hex(2, position);
      case 'u' -> text.hex(4, position);
      case 'U' -> text.hex(8, position);
      default ->
          throw text.refused(
              position,
              "this escape is not known; \\n"
                  + " \\r"
                  + " \\t \\\" \\[ \\] \\\\ \\xXX \\uXXXX \\UXXXXXXXX are");
    };
  }
}
