package dev.carryover.job.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The way to a field: names separated by dots, and indices in brackets, as in {@code
 * items[0].user.id}. A backslash takes the meaning from the next character, as in {@code
 * log\.level}.
 *
 * @param text the path as it was written, for messages
 */
record FieldPath(String text, List<Step> steps) implements Serializable {

  /** One step: into the field of a name, or, where that is null, into the element of an index. */
  record Step(String name, int index) implements Serializable {
    boolean isIndex() {
      return name == null;
    }

    @Override
    public String toString() {
      return isIndex() ? "[" + index + "]" : name;
    }
  }

  /**
   * Reads a path.
   *
   * @throws IllegalArgumentException if it is none; the message says where
   */
  static FieldPath parse(String text) {
    List<Step> steps = new ArrayList<>();
    int position = 0;
    while (position < text.length()) {
      if (text.charAt(position) == '[') {
        int close = text.indexOf(']', position);
        String digits = close < 0 ? "" : text.substring(position + 1, close);
        if (!digits.matches("\\d{1,6}")) {
          throw malformed(text, position, "an index such as [0] is needed");
        }
        steps.add(new Step(null, Integer.parseInt(digits)));
        position = close + 1;
      } else {
        StringBuilder name = new StringBuilder();
        for (; position < text.length(); position++) {
          char next = text.charAt(position);
          if (next == '\\' && position + 1 < text.length()) {
            name.append(text.charAt(++position));
          } else if (next == '.' || next == '[') {
            break;
          } else {
            name.append(next);
          }
        }
        if (name.isEmpty()) {
          throw malformed(text, position, "a name is needed");
        }
        steps.add(new Step(name.toString(), -1));
      }
      if (position < text.length() && text.charAt(position) == '.') {
        position++;
        if (position == text.length() || text.charAt(position) == '[') {
          throw malformed(text, position, "a name is needed");
        }
      } else if (position < text.length() && text.charAt(position) != '[') {
        throw malformed(text, position, "a dot is needed");
      }
    }
    return new FieldPath(text, List.copyOf(steps));
  }

  private static IllegalArgumentException malformed(String text, int position, String needed) {
    return new IllegalArgumentException(
        "\"%s\" is no field path: %s at character %d".formatted(text, needed, position + 1));
  }

  @Override
  public String toString() {
    return text;
  }
}
