package io.flinkmistral.jobs.gateway.openai.responses;

/** What a response is called, which is known when its answer begins. */
public interface ResponseHeads {
  /** One that is a turn of a conversation. */
  ResponseHead in(String conversation);

  /** One that is a turn of none, since it is not given: nobody can go on from it. */
  ResponseHead blocked();
}
