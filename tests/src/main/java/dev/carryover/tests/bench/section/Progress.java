package dev.carryover.tests.bench.section;

/** Tells who waits how far a section is. */
public interface Progress {
  /** Says nothing. */
  Progress SILENT =
      new Progress() {
        @Override
        public void expect(int steps) {}

        @Override
        public void step(String what) {}
      };

  /** How many steps are to come in all; called once, before the first. */
  void expect(int steps);

  /** One more step begins. */
  void step(String what);
}
