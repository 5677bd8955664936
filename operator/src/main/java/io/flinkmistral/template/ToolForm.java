package io.flinkmistral.template;

import io.flinkmistral.protocol.ToolCall;
import java.util.List;

/** How a template writes calls of tools and their results. */
enum ToolForm {
  /**
   * Calls without ids, results by the function's name; in a dialogue that is rendered as a whole,
   * calls and results before the last turn of a user are left out.
   */
  V2 {
    @Override
    String calls(List<ToolCall> calls) {
      return ToolJson.callsWithoutIds(calls);
    }

    @Override
    String result(Dialogue.ToolResult result) {
      return ToolJson.resultOfFunction(result);
    }

    @Override
    boolean keepsEarlierCalls() {
      return false;
    }
  },

  /** Calls with ids, which their results repeat. */
  V3 {
    @Override
    String calls(List<ToolCall> calls) {
      return ToolJson.calls(calls);
    }

    @Override
    String result(Dialogue.ToolResult result) {
      return ToolJson.result(result);
    }

    @Override
    boolean keepsEarlierCalls() {
      return true;
    }
  },

  /** Calls as in v3; a result's content is not looked at. */
  V7 {
    @Override
    String calls(List<ToolCall> calls) {
      return ToolJson.calls(calls);
    }

    @Override
    String result(Dialogue.ToolResult result) {
      return result.content();
    }

    @Override
    boolean keepsEarlierCalls() {
      return true;
    }

    @Override
    boolean systemStandsApart() {
      return true;
    }

    @Override
    boolean allowsTextBesideCalls() {
      return true;
    }

    @Override
    boolean idStandsApart() {
      return true;
    }
  };

  abstract String calls(List<ToolCall> calls);

  abstract String result(Dialogue.ToolResult result);

  abstract boolean keepsEarlierCalls();

  /** Whether each system message has its place in the dialogue. */
  boolean systemStandsApart() {
    return false;
  }

  boolean allowsTextBesideCalls() {
    return false;
  }

  /** Whether a call's id stands before its result, and not in it. */
  boolean idStandsApart() {
    return false;
  }
}
