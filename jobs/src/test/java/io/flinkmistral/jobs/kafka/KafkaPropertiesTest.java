package io.flinkmistral.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.options.JobArguments;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class KafkaPropertiesTest {
  private static Configuration options(String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "--model.path=/m.gguf";
    arguments[1] = "--kafka.bootstrap-servers=a:1";
    System.arraycopy(more, 0, arguments, 2, more.length);
    return JobArguments.parse(Map.of(), arguments);
  }

  @Test
  void propertiesArePassedThrough() {
    Configuration options = options("--kafka.property.security.protocol=SSL");
    Properties expected = new Properties();
    expected.put("security.protocol", "SSL");
    assertThat(KafkaProperties.of(options)).isEqualTo(expected);
    expected.put("bootstrap.servers", "a:1");
    assertThat(KafkaProperties.client(options)).isEqualTo(expected);
  }
}
