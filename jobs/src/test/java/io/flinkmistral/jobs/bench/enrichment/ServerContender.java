package io.flinkmistral.jobs.bench.enrichment;

import io.flinkmistral.jobs.local.LocalFlink;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;

/** A Flink job that calls a server, as users do today. */
record ServerContender(LocalFlink flink, URI server, ServerRequest request, int concurrency)
    implements Contender {
  private static final int TIMEOUT_MINUTES = 30;

  @Override
  public String name() {
    return request.name();
  }

  @Override
  public List<Outcome> run(PromptTemplate template, List<Records.Item> records) throws Exception {
    List<String> bodies = records.stream().map(record -> request.of(record.prompt())).toList();
    return AsyncDataStream.unorderedWait(
            JobContender.stream(flink, bodies),
            new ServerFunction(server.resolve(ServerRequest.PATH), request.answer()),
            TIMEOUT_MINUTES,
            TimeUnit.MINUTES,
            concurrency)
        .returns(Outcome.class)
        .executeAndCollect(records.size());
  }
}
