package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import java.util.List;
import org.apache.kafka.common.header.Header;

/** Has one who asks wait for an answer. */
interface Starter {
  Exchange exchange();

  /**
   * From now on what is said of the request is told to the client.
   *
   * @param isNew whether it is sent now, and counts
   */
  Asking begin(RequestNames names, PromptRecord prompt, boolean isNew);

  /** Of the request's record. */
  List<Header> headers(RequestNames names);
}
