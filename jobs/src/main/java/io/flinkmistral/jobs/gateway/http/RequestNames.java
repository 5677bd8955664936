package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.dialogue.DialogueHash;
import java.util.Optional;

/**
 * What a call's request and conversation are called in the topics.
 *
 * @param keyed whether the client has named the request
 * @param dialogue that the conversation holds when it is answered, where others may go on with it
 * @param reserved the conversation, where it is kept for this call until it waits
 */
record RequestNames(
    String request,
    String conversation,
    boolean keyed,
    Optional<DialogueHash> dialogue,
    Optional<String> reserved) {}
