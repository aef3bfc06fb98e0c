/**
 * The demo of words: spellings go letter by letter through an embedded Kafka broker and the
 * streaming job, and pronunciations come out. {@link
 * dev.carryover.deploy.words.PronouncingDictionary} has the words.
 */
package dev.carryover.deploy.words;
