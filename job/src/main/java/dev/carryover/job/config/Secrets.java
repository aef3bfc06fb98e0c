package dev.carryover.job.config;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says which values must not be shown, and fills in values from the environment. */
final class Secrets {
  /** Stands where a secret is not shown. */
  private static final String HIDDEN = "******";

  private static final Pattern SECRET_KEY =
      Pattern.compile(
          "pass|secret|token|jaas|credential|private|pem|auth|account|cert"
              + "|(^|[._-])((api|access)[._-]?)?keys?($|[._-])",
          Pattern.CASE_INSENSITIVE);

  /** The user and password of a URI. */
  private static final Pattern USER_INFO = Pattern.compile("://[^/@\\s]+@");

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{env:([^}]*)}");

  private Secrets() {}

  /**
   * Whether a value must not be shown. The options of {@link JobOptions} are none: {@code
   * events.mapping.key} names a field. A key that nobody knows may be a misspelt password.
   */
  static boolean isSecret(String key) {
    return JobOptions.definition(key) == null && SECRET_KEY.matcher(key).find();
  }

  /** Returns what may be shown of an entry's value. */
  static String shown(Entry entry) {
    return isSecret(entry.key())
        ? HIDDEN
        : USER_INFO.matcher(entry.text()).replaceAll("://" + HIDDEN + "@");
  }

  /** Whether a value refers to the environment. What it gets from there is never shown. */
  static boolean refersToEnvironment(String value) {
    return REFERENCE.matcher(value).find();
  }

  /** Replaces every {@code ${env:NAME}}, and reports the names of variables that are not set. */
  static String substitute(
      String value, UnaryOperator<String> environment, Consumer<String> missing) {
    return REFERENCE
        .matcher(value)
        .replaceAll(
            reference -> {
              String found = environment.apply(reference.group(1));
              if (found == null) {
                missing.accept(reference.group(1));
                return "";
              }
              return Matcher.quoteReplacement(found);
            });
  }
}
