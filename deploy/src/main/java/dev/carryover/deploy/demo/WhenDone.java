package dev.carryover.deploy.demo;

import java.util.List;

/** What happens between the report of a demo and its end. */
@FunctionalInterface
public interface WhenDone {
  /**
   * Returns, or is interrupted, when broker and Flink may be stopped.
   *
   * @param commands what is worth a try until then
   */
  void await(List<String> commands) throws InterruptedException;
}
