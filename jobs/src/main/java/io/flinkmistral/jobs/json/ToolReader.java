package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Excerpt;

/** One entry of {@code tools}. */
final class ToolReader {
  /** The most bytes of a function's name. */
  static final int MAX_NAME_BYTES = 256;

  private ToolReader() {}

  /** The definition as JSON text, which the template takes up. */
  static String read(Fields tool) {
    checkType(tool.as(RequestFields.TOOL));
    Fields function = tool.requiredObject("function").as(RequestFields.FUNCTION);
    name(function);
    function.text("description");
    function.flag("strict");
    function
        .node("parameters")
        .filter(schema -> !schema.isObject())
        .ifPresent(
            schema -> {
              throw function.invalid(
                  "parameters", "must be an object, but is " + Fields.kind(schema));
            });
    return tool.json();
  }

  /** Of the function that a tool is, or that a call calls. */
  static String name(Fields function) {
    return function.requiredText("name", MAX_NAME_BYTES);
  }

  static void checkType(Fields tool) {
    String type = tool.text("type").orElse("function");
    if (!type.equals("function")) {
      throw tool.invalid("type", "must be function, but is \"%s\"".formatted(Excerpt.of(type)));
    }
  }
}
