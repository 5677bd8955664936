package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.topics.BrokerProbe;
import io.flinkmistral.jobs.json.JsonRecord;
import tools.jackson.databind.node.ObjectNode;

/** Says whether the gateway can do its work, as far as it sees: whether the broker answers. */
final class Health {
  private final BrokerProbe broker;

  Health(BrokerProbe broker) {
    this.broker = broker;
  }

  void answer(Exchange exchange) throws InterruptedException {
    boolean well = broker.answers();
    ObjectNode body = JsonRecord.empty();
    body.put("status", well ? "ok" : "broker_unavailable");
    exchange.json(well ? 200 : 503, body);
  }
}
