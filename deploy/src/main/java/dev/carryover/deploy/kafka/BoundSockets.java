package dev.carryover.deploy.kafka;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * Two server sockets bound before the broker starts, so that its ports are known, come from the
 * system and cannot be lost to another process in between.
 */
final class BoundSockets implements ServerSocketFactory, AutoCloseable {

  static final String BROKER = "BROKER";
  static final String CONTROLLER = "CONTROLLER";

  private final ServerSocketChannel broker;
  private final ServerSocketChannel controller;
  private final InetSocketAddress brokerAddress;
  private final InetSocketAddress controllerAddress;

  private BoundSockets(ServerSocketChannel broker, ServerSocketChannel controller)
      throws IOException {
    this.broker = broker;
    this.controller = controller;
    this.brokerAddress = (InetSocketAddress) broker.getLocalAddress();
    this.controllerAddress = (InetSocketAddress) controller.getLocalAddress();
  }

  static BoundSockets bind() throws IOException {
    ServerSocketChannel broker = loopback();
    try {
      return new BoundSockets(broker, loopback());
    } catch (IOException e) {
      broker.close();
      throw e;
    }
  }

  String brokerAddress() {
    return text(brokerAddress);
  }

  String controllerAddress() {
    return text(controllerAddress);
  }

  InetSocketAddress controllerSocketAddress() {
    return controllerAddress;
  }

  /** Hands out the socket of a listener; from then on Kafka closes it. */
  @Override
  public ServerSocketChannel openServerSocket(
      String listener, InetSocketAddress address, int backlog, int receiveBufferSize) {
    ServerSocketChannel channel =
        switch (listener) {
          case BROKER -> broker;
          case CONTROLLER -> controller;
          default ->
              throw new IllegalArgumentException("No socket was bound for listener " + listener);
        };
    if (!channel.isOpen()) {
      throw new IllegalStateException("The socket of listener " + listener + " is closed");
    }
    return channel;
  }

  @Override
  public void close() throws IOException {
    broker.close();
    controller.close();
  }

  private static ServerSocketChannel loopback() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
    channel.configureBlocking(false);
    return channel;
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }
}
