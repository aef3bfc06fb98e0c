package dev.carryover.deploy.pack;

/** Is told how far a pack has come, by the packing thread. */
public interface PackProgress {

  /** What begins now, in a line. */
  void step(String what);

  /** How many bytes of the pack's content are written, of how many. */
  void written(long bytes, long total);
}
