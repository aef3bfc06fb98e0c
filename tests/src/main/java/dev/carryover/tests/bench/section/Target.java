package dev.carryover.tests.bench.section;

/**
 * A figure that is to be reached.
 *
 * @param what what is measured, and under which conditions
 * @param measured the figure; NaN where this run has none, as quick ones may
 * @param bound which side of the goal is right
 * @param goal the figure to reach
 * @param unit what both are in
 */
public record Target(String what, double measured, Bound bound, double goal, Unit unit) {
  /** Which side of the goal is right. */
  public enum Bound {
    /** The goal or more. */
    AT_LEAST,
    /** The goal or less. */
    AT_MOST
  }

  /** What a figure is in. */
  public enum Unit {
    /** A ratio: 1.25x. */
    TIMES,
    /** A share of one: 85 %. */
    SHARE,
    /** A plain number. */
    NUMBER
  }

  /** What became of a target. */
  public enum Outcome {
    /** The goal was reached. */
    MET,
    /** It was missed. */
    NOT_MET,
    /** There is no figure. */
    NOT_MEASURED
  }

  /** A ratio that is to be {@code goal} or more. */
  public static Target atLeast(String what, double measured, double goal, Unit unit) {
    return new Target(what, measured, Bound.AT_LEAST, goal, unit);
  }

  /** A ratio that is to be {@code goal} or less. */
  public static Target atMost(String what, double measured, double goal, Unit unit) {
    return new Target(what, measured, Bound.AT_MOST, goal, unit);
  }

  /** What became of it, by the unrounded figure. */
  public Outcome outcome() {
    if (Double.isNaN(measured)) {
      return Outcome.NOT_MEASURED;
    }
    boolean reached = bound == Bound.AT_LEAST ? measured >= goal : measured <= goal;
    return reached ? Outcome.MET : Outcome.NOT_MET;
  }

  /** The figure as a report shows it; a dash where there is none. */
  public String measuredText() {
    return Double.isNaN(measured) ? "–" : text(measured);
  }

  /** The goal as a report shows it. */
  public String goalText() {
    return (bound == Bound.AT_LEAST ? "≥ " : "≤ ") + text(goal);
  }

  private String text(double value) {
    return switch (unit) {
      case TIMES -> Figures.ratio(value);
      case SHARE -> Figures.share(value);
      case NUMBER -> Figures.number(value);
    };
  }
}
