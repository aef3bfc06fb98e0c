package dev.carryover.tests.stream;

import dev.carryover.deploy.kafka.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives tests the one {@link EmbeddedBroker} of the process, started when first asked for. */
public final class BrokerExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(BrokerExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == EmbeddedBroker.class;
  }

  @Override
  public EmbeddedBroker resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(EmbeddedBroker.class, type -> start(), EmbeddedBroker.class);
  }

  private static EmbeddedBroker start() {
    try {
      return EmbeddedBroker.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
