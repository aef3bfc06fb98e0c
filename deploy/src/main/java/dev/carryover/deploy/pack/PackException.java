package dev.carryover.deploy.pack;

import java.io.IOException;

/** A pack cannot be made; the message is one line that says why and what to do. */
public final class PackException extends IOException {

  private static final long serialVersionUID = 1L;

  PackException(String message) {
    super(message);
  }

  PackException(String message, Throwable cause) {
    super(message, cause);
  }
}
