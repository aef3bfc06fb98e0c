package dev.carryover.deploy.logs;

/**
 * One line of the log: something happened to a block.
 *
 * @param timeMs milliseconds since 1970, in whole seconds
 * @param block the block's id, the key of the event
 * @param token the number of the log template
 */
public record BlockEvent(long timeMs, String block, String token) {}
