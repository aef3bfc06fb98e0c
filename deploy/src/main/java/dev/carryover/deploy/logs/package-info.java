/**
 * The demo of the log: a real log through an embedded Kafka broker and the streaming job, compared
 * in the end with what PyTorch says of every block. {@link dev.carryover.deploy.logs.LogDemo} tells
 * the story; the other classes are its parts.
 */
package dev.carryover.deploy.logs;
