package io.flinkmistral.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.local.web.HostilePage;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalFlinkTest {
  @TempDir private Path folder;

  @Test
  void refusesWhatOtherWebPagesSend() throws Exception {
    try (LocalFlink flink = LocalFlink.start(folder, 1)) {
      URI page = flink.webPage();
      new HostilePage(page.getHost(), page.getPort()).isRefused();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void listensOnLoopbackAlone() throws Exception {
    try (LocalFlink flink = LocalFlink.start(folder, 1)) {
      assertThat(ListeningSockets.of(ProcessHandle.current().pid()))
          .hasSizeGreaterThanOrEqualTo(2)
          .allMatch(ListeningSockets::isLoopback, "is on the loopback interface");
      assertThat(flink.webPage().getHost()).isEqualTo("127.0.0.1");
    }
  }
}
