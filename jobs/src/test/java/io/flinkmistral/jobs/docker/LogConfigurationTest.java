package io.flinkmistral.jobs.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.properties.PropertiesConfigurationBuilder;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Flink's containers do not log. */
class LogConfigurationTest {
  private static final String METRICS = "org.apache.flink.metrics.MetricGroup";

  @TempDir Path folder;
  private Configuration log;

  @BeforeEach
  void readConfiguration() throws IOException {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of("../docker/log4j-console.properties"))) {
      properties.load(reader);
    }
    properties.setProperty("appender.file.fileName", folder.resolve("log").toString());
    log =
        new PropertiesConfigurationBuilder()
            .setConfigurationSource(ConfigurationSource.NULL_SOURCE)
            .setRootProperties(properties)
            .setLoggerContext(new LoggerContext("docker"))
            .build();
    log.initialize();
  }

  @Test
  void repeatedCollisionOfTheCommittersIsLeftOutAndNoOther() {
    String collision =
        "Name collision: Group already contains a Metric with the name '%s'. Metric will not be"
            + " reported.[172.18.0.4, taskmanager, completions: Committer, 0]";
    assertThat(isLogged(METRICS, Level.WARN, collision.formatted("pendingCommittables"))).isFalse();
    assertThat(isLogged(METRICS, Level.WARN, collision.formatted("numRecordsOut"))).isTrue();
  }

  @Test
  void everyTransactionIsNoLineButItsTroubleIs() {
    String producer = "org.apache.kafka.clients.producer.internals.TransactionManager";
    assertThat(isLogged(producer, Level.INFO, "ProducerId set to 7 with epoch 0")).isFalse();
    assertThat(isLogged(producer, Level.WARN, "Transaction is aborted")).isTrue();
  }

  private boolean isLogged(String logger, Level level, String message) {
    LogEvent event =
        Log4jLogEvent.newBuilder()
            .setLoggerName(logger)
            .setLevel(level)
            .setMessage(new SimpleMessage(message))
            .build();
    var configuration = log.getLoggerConfig(logger);
    return level.isMoreSpecificThan(configuration.getLevel()) && !configuration.isFiltered(event);
  }
}
