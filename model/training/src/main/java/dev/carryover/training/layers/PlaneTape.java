package dev.carryover.training.layers;

import dev.carryover.training.tensor.Plane;
import dev.carryover.training.tensor.Planes;
import java.util.ArrayList;
import java.util.List;

/** One plane per step, kept from the forward to the backward pass and used again by the next. */
public final class PlaneTape {
  private final Planes planes;
  private final List<Plane> steps = new ArrayList<>();

  /** A tape without steps. */
  public PlaneTape(Planes planes) {
    this.planes = planes;
  }

  /** The plane of a step; all planes up to it are made when they are not there. */
  public Plane at(int step) {
    while (steps.size() <= step) {
      steps.add(planes.plane());
    }
    return steps.get(step);
  }
}
