// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.linux.PeerCredentials;
import sluice.linux.PeerProcess;
import sluice.linux.UnixConnection;

/** One connection: a request, its answer, the end. Runs on the connection's thread; every wait has a limit. */
final class Exchange {
    private static final int BUFFER_BYTES = 16_384;

    private final UnixConnection connection;
    private final PeerCredentials peer;
    private final PeerProcess process;
    private final Routes routes;
    private final ControlLimits limits;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final EmbeddedChannel http = new EmbeddedChannel();

    Exchange(
            UnixConnection connection, PeerCredentials peer, PeerProcess process, Routes routes, ControlLimits limits) {
        this.connection = connection;
        this.peer = peer;
        this.process = process;
        this.routes = routes;
        this.limits = limits;
        http.config().setAllocator(UnpooledByteBufAllocator.DEFAULT);
        var decoding = new HttpDecoderConfig()
                .setMaxInitialLineLength(ControlLimits.LINE_BYTES)
                .setMaxHeaderSize(ControlLimits.HEADER_BYTES);
        http.pipeline().addLast(new HttpServerCodec(decoding), new Whole());
    }

    /** Requests with their bodies; the connection ends with one that is too large, of which Netty's own would keep it. */
    private static final class Whole extends HttpObjectAggregator {
        Whole() {
            super(ControlLimits.BODY_BYTES, true);
        }

        @Override
        protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
            var _ = context.close();
        }
    }

    void run() throws IOException {
        try {
            long deadline = System.nanoTime() + limits.request().toNanos();
            var request = receive(deadline);
            if (request == null) {
                return;
            }
            try {
                send(routes.answer(request, peer, process));
            } finally {
                request.release();
            }
        } finally {
            http.finishAndReleaseAll();
        }
    }

    /** The request; null when the connection ended first, or when it has been refused already. */
    private @Nullable FullHttpRequest receive(long deadline) throws IOException {
        while (true) {
            var left = Duration.ofNanos(deadline - System.nanoTime());
            int count = left.isPositive() ? connection.read(buffer.clear(), left) : UnixConnection.TIMED_OUT;
            if (count == UnixConnection.TIMED_OUT) {
                send(Answer.refusal(Refusal.TIMEOUT, "no whole request within " + limits.request(), ""));
                return null;
            }
            if (count == 0) {
                return null;
            }
            http.writeInbound(Unpooled.copiedBuffer(buffer.flip()));
            FullHttpRequest request = http.readInbound();
            if (request != null) {
                return request;
            }
            // Netty's own answers: 100 Continue goes on; those that refuse have no JSON body, so ours takes their
            // place.
            if (!http.isOpen()) {
                http.releaseOutbound();
                send(Answer.refusal(
                        Refusal.BODY_TOO_LARGE, "the body has more than " + ControlLimits.BODY_BYTES + " bytes", ""));
                return null;
            }
            flush();
        }
    }

    private void send(Answer answer) throws IOException {
        var body = answer.body();
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        var encoder = new EmbeddedChannel(new HttpResponseEncoder());
        try {
            encoder.writeOutbound(response);
            write(encoder);
        } finally {
            encoder.finishAndReleaseAll();
        }
    }

    private void flush() throws IOException {
        write(http);
    }

    private void write(EmbeddedChannel from) throws IOException {
        long deadline = System.nanoTime() + limits.response().toNanos();
        while (from.readOutbound() instanceof ByteBuf bytes) {
            try {
                write(bytes, deadline);
            } finally {
                bytes.release();
            }
        }
    }

    private void write(ByteBuf bytes, long deadline) throws IOException {
        while (bytes.isReadable()) {
            buffer.clear().limit(Math.min(buffer.capacity(), bytes.readableBytes()));
            bytes.readBytes(buffer);
            buffer.flip();
            while (buffer.hasRemaining()) {
                var left = Duration.ofNanos(deadline - System.nanoTime());
                if (!left.isPositive() || connection.write(buffer, left) == UnixConnection.TIMED_OUT) {
                    throw new IOException("answer uid " + Integer.toUnsignedString(peer.uid()) + ": it does not read");
                }
            }
        }
    }
}
