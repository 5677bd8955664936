package io.flinkmistral.jobs.bench.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@EnabledOnOs(OS.LINUX)
@Timeout(120)
class GatewayBenchIT {
  @Test
  void whatTheGatewayAddsIsToldOfEachToken() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Map<String, String> given =
        Map.of(
            "streams", "2", "rate", "50", "answer", "10", "warmup", "1", "idle", "1", "seconds",
            "2");
    GatewayBench.run(
        name -> given.getOrDefault(name, ""), new PrintStream(out, true, StandardCharsets.UTF_8));
    JsonNode line = JsonMapper.shared().readTree(out.toString(StandardCharsets.UTF_8));
    int tokens = line.get("tokens").asInt();
    assertThat(tokens).isGreaterThanOrEqualTo(15); // One whole answer, and half of one, at least.
    for (String name : new String[] {"consumer_ms", "event_ms", "added_ms"}) {
      assertThat(line.at("/%s/count".formatted(name)).asInt()).as(name).isEqualTo(tokens);
    }
    assertThat(line.at("/consumer_ms/median").asDouble()).isPositive();
    assertThat(line.at("/event_ms/median").asDouble()).isPositive();
    assertThat(line.at("/event_ms/p99").asDouble())
        .isGreaterThanOrEqualTo(line.at("/event_ms/median").asDouble());
    int ends = line.at("/end_ms/count").asInt();
    assertThat(tokens).isBetween(10 * (ends - 1), 10 * ends);
    JsonNode percent = line.get("core_percent");
    assertThat(percent.get("streaming").asDouble()).isPositive();
    assertThat(percent.get("added").asDouble())
        .isCloseTo(
            percent.get("streaming").asDouble() - percent.get("idle").asDouble(), within(0.002));
  }

  @Test
  void aGatewayThatDoesNotStartIsToldOf() {
    assertThatThrownBy(
            () ->
                GatewayBench.run(
                    name -> name.equals("options") ? "--gateway.port-of-call 1" : "",
                    new PrintStream(new ByteArrayOutputStream())))
        .hasMessageContaining("the gateway has ended")
        .hasMessageContaining("gateway.port-of-call");
  }
}
