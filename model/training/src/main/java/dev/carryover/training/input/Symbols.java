package dev.carryover.training.input;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Numbers of texts in the order of their first occurrence, so that each text is held once. */
final class Symbols {
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<String> texts = new ArrayList<>();

  int id(String text) {
    Integer id = ids.get(text);
    if (id == null) {
      id = texts.size();
      ids.put(text, id);
      texts.add(text);
    }
    return id;
  }

  String text(int id) {
    return texts.get(id);
  }

  int size() {
    return texts.size();
  }
}
