package io.flinkmistral.protocol;

/**
 * A call of a tool that the assistant made.
 *
 * @param id the call's id, which the tool's result repeats
 * @param name the function's name
 * @param arguments the arguments as JSON text
 */
public record ToolCall(String id, String name, String arguments) {}
