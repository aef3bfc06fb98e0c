package dev.carryover.deploy.kafka;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;

/** What of a client's properties must not be shown, for messages that Kafka wrote. */
public final class SecretValues {

  private static final Pattern SECRET_KEY =
      Pattern.compile(
          "pass|secret|jaas|credential|private|token|[.]key$", Pattern.CASE_INSENSITIVE);

  /** A login module is configured with several words, and one of them may be quoted alone. */
  private static final Pattern BETWEEN_WORDS = Pattern.compile("[\\s\"'=;]+");

  private static final int SHORTEST_WORD = 3;
  private static final String HIDDEN = "******";

  private final List<String> secrets;

  private SecretValues(List<String> secrets) {
    this.secrets = secrets;
  }

  /** The values of all keys that sound like a secret. */
  public static SecretValues of(Properties kafka) {
    List<String> secrets = new ArrayList<>();
    for (String key : kafka.stringPropertyNames()) {
      if (SECRET_KEY.matcher(key).find()) {
        String value = kafka.getProperty(key);
        secrets.add(value);
        BETWEEN_WORDS
            .splitAsStream(value)
            .filter(word -> word.length() >= SHORTEST_WORD)
            .forEach(secrets::add);
      }
    }
    secrets.removeIf(String::isEmpty);
    // The longest first, so that a part does not leave the rest of a whole.
    secrets.sort(Comparator.comparingInt(String::length).reversed());
    return new SecretValues(secrets);
  }

  /** A message without them; null stays null. */
  public String hide(String message) {
    String hidden = message;
    for (String secret : secrets) {
      hidden = hidden == null ? null : hidden.replace(secret, HIDDEN);
    }
    return hidden;
  }

  /** An error to keep as a cause, or null where its stack trace would show one of them. */
  public Throwable cause(Throwable error) {
    for (Throwable each = error; each != null; each = each.getCause()) {
      String message = each.getMessage();
      if (message != null && !message.equals(hide(message))) {
        return null;
      }
    }
    return error;
  }
}
