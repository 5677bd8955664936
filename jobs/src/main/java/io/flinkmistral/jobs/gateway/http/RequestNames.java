package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.dialogue.DialogueHash;
import io.flinkmistral.jobs.gateway.dialogue.Dialogues;
import java.util.Optional;

/**
 * What a call's request and conversation are called in the topics.
 *
 * @param key what its client has called it, as a hash
 * @param prefix what the conversation's name has before that of the request, if it is named after
 *     it
 * @param dialogue that the conversation holds when it is answered, where others may go on with it
 * @param reserved the conversation, where it is kept for this call until it waits
 * @param claim the conversation, where it was taken for this call alone
 */
record RequestNames(
    String request,
    String conversation,
    Optional<String> key,
    Optional<String> prefix,
    Optional<DialogueHash> dialogue,
    Optional<String> reserved,
    Optional<Dialogues.Claim> claim) {

  RequestNames(String request, String conversation, Optional<String> key) {
    this(
        request,
        conversation,
        key,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The conversation is named after the request. */
  RequestNames after(String begin) {
    return new RequestNames(
        request, begin + request, key, Optional.of(begin), dialogue, reserved, claim);
  }

  RequestNames with(
      Optional<DialogueHash> itsDialogue,
      Optional<String> itsReserved,
      Optional<Dialogues.Claim> itsClaim) {
    return new RequestNames(request, conversation, key, prefix, itsDialogue, itsReserved, itsClaim);
  }

  /** The same of another attempt. */
  RequestNames as(String id) {
    RequestNames other = new RequestNames(id, conversation, key, prefix, dialogue, reserved, claim);
    return prefix.map(other::after).orElse(other);
  }
}
