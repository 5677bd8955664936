package io.flinkmistral.jobs.cluster.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In front of a server that answers as Flink's does. */
@Timeout(30)
class JobReportTest {
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private HttpServer server;
  private FlinkRest flink;
  private JobReport report;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String answer = answers.get(exchange.getRequestURI().getPath());
          byte[] bytes = (answer == null ? "none" : answer).getBytes(UTF_8);
          exchange.sendResponseHeaders(answer == null ? 503 : 200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    flink = new FlinkRest("127.0.0.1:" + server.getAddress().getPort());
    report = new JobReport(flink, "5e");
  }

  @AfterEach
  void stop() {
    flink.close();
    server.stop(0);
  }

  private void job(String state, String failures) {
    answers.put(
        "/jobs/5e",
        """
        {"state": "%s", "vertices": [{"id": "a", "parallelism": 2}, {"id": "b", "parallelism": 4}]}\
        """
            .formatted(state));
    answers.put(
        "/jobs/5e/exceptions",
        """
        {"exceptionHistory": {"entries": [%s]}}\
        """
            .formatted(failures));
  }

  private static String failure(int timestamp, String trace) {
    return """
    {"timestamp": %d, "stacktrace": "%s"}\
    """
        .formatted(timestamp, trace);
  }

  @Test
  void tellsEachFailureOnce() throws Exception {
    job("RUNNING", "");
    assertThat(report.news()).isEmpty();
    job("RESTARTING", failure(5, "java.io.IOException: no space is left"));
    assertThat(report.news())
        .containsExactly("the job has failed and is started again: no space is left");
    assertThat(report.news()).isEmpty();
    job("RUNNING", failure(9, "java.io.IOException: no space is left"));
    assertThat(report.news()).hasSize(1);
    assertThat(report.end()).isEmpty();
  }

  @Test
  void tellsThatTheJobHasFailedForGoodWithTheCauseAndWhatToDo() throws Exception {
    job(
        "FAILED",
        failure(5, "org.apache.flink.runtime.JobException: x\\nCaused by: java.io.IOException: y"));
    assertThat(report.news())
        .containsExactly(
            "the job has failed for good: y",
            "it is not started again by itself: Ctrl-C ends the cluster, and then start it anew");
    assertThat(report.end()).isEqualTo("the job has failed for good");
    assertThat(report.news()).isEmpty();
  }

  @Test
  void tellsThatSomebodyHasStoppedIt() throws Exception {
    job("CANCELED", "");
    assertThat(report.news()).first().isEqualTo("the job was canceled");
  }

  @Test
  void hasNothingToTellWhileNobodyAnswers() throws Exception {
    assertThat(report.news()).isEmpty();
    assertThat(report.lack()).contains("the JobManager does not answer", "503");
  }

  @Test
  void aJobThatHasNoTasksYetDoesNotRun() throws Exception {
    answers.put("/jobs/5e", "{\"state\": \"INITIALIZING\", \"vertices\": []}");
    assertThat(report.isRunning()).isFalse();
  }

  @Test
  void tellsHowManySlotsAreMissing() throws Exception {
    job("CREATED", "");
    answers.put("/overview", "{\"slots-total\": 3, \"slots-available\": 3}");
    assertThat(report.lack()).isEqualTo("it needs 4 slots, and the cluster has 3");
    answers.put("/overview", "{\"slots-total\": 4, \"slots-available\": 0}");
    assertThat(report.lack()).isEqualTo("its state is CREATED");
  }
}
