package io.flinkmistral.operator;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.operator.function.MistralAsyncFunction;
import io.flinkmistral.operator.function.MistralMapFunction;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;

/** The examples of functions in README.md, as they stand there. */
final class FunctionExamples {
  private FunctionExamples() {}

  static DataStream<Enriched<String>> async(DataStream<String> reviews, Configuration options) {
    // README
    DataStream<Enriched<String>> labelled =
        MistralAsyncFunction.unordered(
            reviews,
            PromptTemplate.of("Classify the sentiment: {{text}}"),
            ClassificationTask.of("positive", "negative"),
            options,
            Duration.ofMinutes(3),
            64);
    // README
    return labelled;
  }

  static DataStream<Enriched<String>> map(DataStream<String> reviews, Configuration options) {
    // README
    DataStream<Enriched<String>> labelled =
        reviews.map(
            new MistralMapFunction<>(
                reviews.getType(),
                PromptTemplate.of("Classify the sentiment: {{text}}"),
                ClassificationTask.of("positive", "negative"),
                options));
    // README
    return labelled;
  }
}
