package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.task.prompt.PromptTemplate;
import java.util.List;

/** One of those that are measured. */
interface Contender {
  String name();

  /** Does all records, which are all there at once. */
  List<Outcome> run(PromptTemplate template, List<Records.Item> records) throws Exception;
}
