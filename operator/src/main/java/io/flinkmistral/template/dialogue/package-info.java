/**
 * Dialogues in an order that templates can render, and the JSON of tools in them.
 *
 * <pre>
 *   system "Be brief."                     Dialogue: system prompt apart,
 *   user "Hi", user "there"                one user turn "Hi\n\nthere"
 *   assistant, calls [lamp({"on": true})]  ToolForm: [TOOL_CALLS][{"name": "lamp", ...}]
 * </pre>
 *
 * JSON is spelled as Python spells it ({@code PythonJson}), since models have seen it so.
 */
package io.flinkmistral.template.dialogue;
