/**
 * What the demos share: the settings, topics and configuration of their job, the feed that sends
 * events, the reading of what comes out, and the second revision that takes over in between.
 */
package dev.carryover.deploy.demo;
