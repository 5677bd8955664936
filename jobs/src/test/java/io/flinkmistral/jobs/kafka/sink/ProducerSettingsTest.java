package io.flinkmistral.jobs.kafka.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.options.JobArguments;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class ProducerSettingsTest {
  private static Configuration options(String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = "--model.path=/m.gguf";
    arguments[1] = "--kafka.bootstrap-servers=a:1";
    System.arraycopy(more, 0, arguments, 2, more.length);
    return JobArguments.parse(Map.of(), arguments);
  }

  @Test
  void producersSendWhatTopicsTakeAndNameWhatIsRefused() {
    assertThat(ProducerSettings.of(options()))
        .containsEntry("max.request.size", "33554432")
        .containsEntry("interceptor.classes", RefusedRecords.class.getName());
    assertThat(
            ProducerSettings.of(
                options(
                    "--kafka.property.max.request.size=1000",
                    "--kafka.property.interceptor.classes=a.B")))
        .containsEntry("max.request.size", "1000")
        .containsEntry("interceptor.classes", "a.B," + RefusedRecords.class.getName());
  }
}
