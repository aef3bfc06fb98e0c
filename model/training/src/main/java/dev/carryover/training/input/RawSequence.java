package dev.carryover.training.input;

/**
 * A sequence whose tokens and labels are still numbers of {@link Symbols}; {@link KeyEvents#NONE}
 * stands for a label that is absent. Without any label, or value, there is no array of them.
 */
record RawSequence(String key, int[] tokens, float[][] features, int[] labels, float[][] values) {
  /** The sequence of some of a key's events. */
  static RawSequence of(KeyEvents events, int[] places, int length) {
    boolean token = events.token(places[0]) != KeyEvents.NONE;
    int[] tokens = token ? new int[length] : null;
    float[][] features = token ? null : new float[length][];
    int[] labels = events.labelled() ? new int[length] : null;
    float[][] values = events.valued() ? new float[length][] : null;
    for (int step = 0; step < length; step++) {
      int place = places[step];
      if (token) {
        tokens[step] = events.token(place);
      } else {
        features[step] = events.features(place);
      }
      if (labels != null) {
        labels[step] = events.label(place);
      }
      if (values != null) {
        values[step] = events.values(place);
      }
    }
    return new RawSequence(events.key, tokens, features, labels, values);
  }

  int length() {
    return tokens == null ? features.length : tokens.length;
  }
}
