package io.flinkmistral.jobs.local.web;

import java.nio.charset.StandardCharsets;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaders;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;

/** Answers requests of other web pages with 403, and reads no more from who has sent one. */
final class WebGuard extends ChannelInboundHandlerAdapter {
  private static final String REFUSED =
      "Refused: only pages of this server, and programs on this machine, may ask it.\n";

  private boolean refused;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!refused && message instanceof HttpRequest request) {
      HttpHeaders headers = request.headers();
      refused =
          !OwnPages.allow(
              headers.get(HttpHeaderNames.HOST),
              headers.get(HttpHeaderNames.ORIGIN),
              headers.get("Sec-Fetch-Site"));
      if (refused) {
        context.writeAndFlush(answer()).addListener(ChannelFutureListener.CLOSE);
      }
    }
    if (refused) {
      ReferenceCountUtil.release(message);
    } else {
      context.fireChannelRead(message);
    }
  }

  private static FullHttpResponse answer() {
    byte[] text = REFUSED.getBytes(StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.FORBIDDEN, Unpooled.wrappedBuffer(text));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, text.length)
        .set(HttpHeaderNames.CONNECTION, "close");
    return response;
  }
}
