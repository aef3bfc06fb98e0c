package dev.carryover.job.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** Writes {@code job/OPTIONS.md} from {@link JobOptions}. */
final class OptionsTable {
  private OptionsTable() {}

  /** Returns the whole page. */
  static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Options of a job

            Generated from `JobOptions`; `OptionsTableTest` says how to write it anew.

            A configuration is one YAML file; `a: {b: 1}` and `a.b: 1` are the same. `${env:NAME}` in a
            value stands for an environment variable. Unknown keys, wrong values and values that do not
            fit each other are refused before anything starts. Options in **bold** are required.
            """);
    Map<String, StringBuilder> sections = new LinkedHashMap<>();
    for (JobOptions.Definition<?> definition : JobOptions.definitions()) {
      String key = definition.option().key();
      String name = definition.required() ? "**`" + key + "`**" : "`" + key + "`";
      row(
          sections,
          key,
          "| %s | %s | %s | %s |\n"
              .formatted(
                  name, definition.type().allowed(), defaultOf(definition), definition.purpose()));
    }
    for (JobOptions.PassThrough group : JobOptions.PASS_THROUGH) {
      row(
          sections,
          group.prefix(),
          "| `%s*` | any | | %s |\n".formatted(group.prefix(), group.purpose()));
    }
    sections.forEach(
        (section, rows) ->
            page.append("\n## ")
                .append(section)
                .append("\n\n| key | allowed | default | meaning |\n|---|---|---|---|\n")
                .append(rows));
    return page.toString();
  }

  private static void row(Map<String, StringBuilder> sections, String key, String row) {
    String section = key.indexOf('.') < 0 ? key : key.substring(0, key.indexOf('.'));
    sections.computeIfAbsent(section, name -> new StringBuilder()).append(row);
  }

  private static String defaultOf(JobOptions.Definition<?> definition) {
    String text = definition.defaultText();
    if (!text.isEmpty()) {
      return "`" + text + "`";
    }
    for (var fallback : definition.option().fallbackKeys()) {
      return "that of `" + fallback.getKey() + "`";
    }
    return "";
  }
}
