package io.flinkmistral.jobs.gateway;

import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.local.LocalBroker;
import io.flinkmistral.jobs.options.JobArguments;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.configuration.ReadableConfig;

/** Gateways in front of a broker of this process, on free ports. */
final class TestGateways {
  private TestGateways() {}

  static Gateway start(LocalBroker broker, String... options) throws Exception {
    return Gateway.start(options(broker, options));
  }

  static ReadableConfig options(LocalBroker broker, String... options) {
    return JobArguments.parse(
        GatewayOptions.CHECKED,
        Map.of(),
        Stream.concat(
                Stream.of(
                    "--kafka.bootstrap-servers=" + broker.bootstrapServers(), "--gateway.port=0"),
                Stream.of(options))
            .toArray(String[]::new));
  }
}
