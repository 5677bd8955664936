package io.flinkmistral.jobs.demo;

import io.flinkmistral.jobs.gateway.http.LocalTaskManagers;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import java.net.URI;
import java.util.List;

/** A chat job that was started here, and what a gateway in front of it may know of it. */
interface LocalJob extends JobWatch, LocalTaskManagers {
  /** Where Flink's web page listens. */
  URI webPage() throws Exception;

  /**
   * Options of a gateway, where the user says nothing else.
   *
   * @param model the name of the job's model
   */
  default List<String> gatewayOptions(String model) throws Exception {
    return List.of(
        "--" + GatewayOptions.MODELS.key(),
        model.replaceFirst("\\.gguf$", ""),
        "--" + GatewayOptions.FLINK.key(),
        webPage().getAuthority());
  }
}
