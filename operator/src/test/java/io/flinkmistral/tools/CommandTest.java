package io.flinkmistral.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.tools.Command.Setting;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CommandTest {
  private static final Command COMMAND =
      Command.of(
          "cluster",
          "starts much.",
          Setting.text("model", "a file"),
          Setting.count("taskmanagers", 2, "how many (2)"),
          Setting.flag("full", "all of it (false)"));

  @Test
  void refusesValuesThatAreNotAllowed() {
    COMMAND.check("any thing", "12", "true");
    COMMAND.check("${model}", "", "${full}");
    COMMAND.check("m");
    refuses("-Dtaskmanagers cannot be \"x\": it must be a number from 1 to 99", "m", "x");
    refuses("-Dtaskmanagers cannot be \"0\": it must be a number from 1 to 99", "m", "0");
    refuses("-Dtaskmanagers cannot be \"100\": it must be a number from 1 to 99", "m", "100");
    refuses("-Dfull cannot be \"yes\": it must be true or false", "m", "1", "yes");
  }

  @Test
  void refusesNamesThatNobodyKnows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> COMMAND.checkNames(" -q -Pcluster -Dtaskmanager=3"))
        .withMessage(
            "-Dtaskmanager is nothing that -Pcluster takes; did you mean -Dtaskmanagers? -Dhelp"
                + " says what it takes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> COMMAND.checkNames("-P cluster -Dthreads=3"))
        .withMessage("-Dthreads is nothing that -Pcluster takes; -Dhelp says what it takes");
  }

  @Test
  void leavesMavensOwnAlone() {
    COMMAND.checkNames(
        " -q -Pcluster -Dmodel=x -DskipTests -Dmaven.repo.local=/r -Dstyle.color=no");
    COMMAND.checkNames(" -q test -Dtest=SomeTest");
    COMMAND.checkNames(" -q -Pclusters -Dtest=SomeTest");
    COMMAND.checkNames("");
  }

  @Test
  void helpIsItsOwn() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    assertThat(COMMAND.helps(new String[] {"model"}, out)).isFalse();
    assertThat(COMMAND.helps(new String[] {"--help"}, out)).isTrue();
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .startsWith("mvn -q -Pcluster: starts much.\n")
        .contains("-Dmodel ", "-Dtaskmanagers ", "how many (2)", "-Dfull ", "-Dhelp ");
  }

  private static void refuses(String message, String... values) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> COMMAND.check(values))
        .withMessage(message);
  }
}
