package io.flinkmistral.template.dialogue;

import io.flinkmistral.protocol.ToolCall;
import java.util.List;

/** How a template writes calls of tools and their results. */
public enum ToolForm {
  /**
   * Calls without ids, results by the function's name; in a dialogue that is rendered as a whole,
   * calls and results before the last turn of a user are left out.
   */
  V2 {
    @Override
    public String calls(List<ToolCall> calls) {
      return ToolJson.callsWithoutIds(calls);
    }

    @Override
    public String result(Dialogue.ToolResult result) {
      return ToolJson.resultOfFunction(result);
    }

    @Override
    public boolean keepsEarlierCalls() {
      return false;
    }
  },

  /** Calls with ids, which their results repeat. */
  V3 {
    @Override
    public String calls(List<ToolCall> calls) {
      return ToolJson.calls(calls);
    }

    @Override
    public String result(Dialogue.ToolResult result) {
      return ToolJson.result(result);
    }

    @Override
    public boolean keepsEarlierCalls() {
      return true;
    }
  },

  /** Calls as in v3; a result's content is not looked at. */
  V7 {
    @Override
    public String calls(List<ToolCall> calls) {
      return ToolJson.calls(calls);
    }

    @Override
    public String result(Dialogue.ToolResult result) {
      return result.content();
    }

    @Override
    public boolean keepsEarlierCalls() {
      return true;
    }

    @Override
    public boolean systemStandsApart() {
      return true;
    }

    @Override
    public boolean allowsTextBesideCalls() {
      return true;
    }

    @Override
    public boolean idStandsApart() {
      return true;
    }
  };

  public abstract String calls(List<ToolCall> calls);

  public abstract String result(Dialogue.ToolResult result);

  public abstract boolean keepsEarlierCalls();

  /** Whether each system message has its place in the dialogue. */
  public boolean systemStandsApart() {
    return false;
  }

  public boolean allowsTextBesideCalls() {
    return false;
  }

  /** Whether a call's id stands before its result, and not in it. */
  public boolean idStandsApart() {
    return false;
  }
}
