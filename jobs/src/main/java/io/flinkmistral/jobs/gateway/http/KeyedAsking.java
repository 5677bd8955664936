package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.PromptRecord;
import io.flinkmistral.jobs.gateway.topics.EarlierRecords;
import io.flinkmistral.jobs.gateway.topics.LookBack;
import io.flinkmistral.jobs.gateway.topics.LookBack.Earlier;
import io.flinkmistral.jobs.gateway.topics.PromptWriter;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for what a client has named, once, whatever gateway it comes to and however often. One that
 * was sent before is told what was said of that; one that has failed in a way that may pass is
 * tried again.
 */
final class KeyedAsking {
  private static final Logger LOG = LoggerFactory.getLogger(KeyedAsking.class);

  private final HttpGateway.Parts parts;
  private final Starter start;
  private final String hash;

  /**
   * @param hash of what the client has called it
   */
  KeyedAsking(HttpGateway.Parts parts, Starter start, String hash) {
    this.parts = parts;
    this.start = start;
    this.hash = hash;
  }

  /**
   * @param names if it was never sent before
   * @throws ApiException if it is refused
   */
  void ask(RequestNames names, PromptRecord prompt) throws InterruptedException {
    EarlierRecords earlier = parts.earlier();
    try (LookBack look = earlier.look(names.conversation(), start.exchange()::isGone)) {
      Optional<Earlier> before = look.last(KeyedId.prefix(hash));
      while (before.isPresent() || !start.exchange().isGone()) {
        before = step(look, before, names, prompt);
        if (before.isEmpty()) {
          return;
        }
      }
    } catch (KafkaException e) {
      throw unavailable(e);
    }
  }

  private static ApiException unavailable(KafkaException e) {
    LOG.error("cannot look for an earlier request: {}", e.getMessage());
    return ApiException.failed(503, "broker_unavailable", "the broker does not answer: try again");
  }

  /** Asks, unless another gateway has done so meanwhile, which is returned. */
  private Optional<Earlier> step(
      LookBack look, Optional<Earlier> before, RequestNames names, PromptRecord prompt)
      throws InterruptedException {
    if (before.isEmpty()) {
      return send(look, names, prompt);
    }
    Repeats.checkSame(before.get(), prompt, names);
    if (look.error(before.get()).filter(Repeats::mayPass).isEmpty()) {
      repeat(look, before.get(), names, prompt);
      return Optional.empty();
    }
    return send(
        look,
        KeyedId.parse(before.get().id()).map(id -> names.as(id.next().text())).orElse(names),
        prompt);
  }

  private Optional<Earlier> send(LookBack look, RequestNames names, PromptRecord prompt)
      throws InterruptedException {
    PromptRecord record = prompt.as(names.request(), names.conversation());
    Asking asking = start.begin(names, record, true);
    try {
      PromptWriter.Place place = asking.send(record.value(), start.headers(names));
      Optional<Earlier> first = look.last(KeyedId.prefix(hash), place);
      if (first.isPresent() && !first.get().id().equals(names.request())) {
        asking.withdraw();
        return first;
      }
      // One of the same id is answered by the job, and this one passed over.
      first.ifPresent(earlier -> Repeats.checkSame(earlier, prompt, names));
      asking.release();
    } catch (ApiException e) {
      asking.fail(e);
    } catch (KafkaException e) {
      asking.fail(unavailable(e));
    }
    return Optional.empty();
  }

  private void repeat(LookBack look, Earlier before, RequestNames names, PromptRecord prompt) {
    Asking asking = start.begin(names.as(before.id()), prompt, false);
    try {
      asking.replay(look, before);
      asking.release();
    } catch (KafkaException e) {
      asking.fail(unavailable(e));
    }
  }
}
