package io.flinkmistral.jobs.local.web;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelPipeline;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpServerCodec;

/**
 * Puts a {@link WebGuard} into each connection of Flink's REST server, which finds this class as a
 * service. Flink would have it behind what writes uploads to disk; it goes before that.
 */
public final class WebGuardFactory implements InboundChannelHandlerFactory {
  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Optional<ChannelHandler> createHandler(
      Configuration configuration, Map<String, String> responseHeaders) {
    return Optional.of(new Mover());
  }

  static final class Mover extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      ChannelPipeline pipeline = context.pipeline();
      pipeline.addAfter(pipeline.context(HttpServerCodec.class).name(), null, new WebGuard());
      pipeline.remove(this);
    }
  }
}
