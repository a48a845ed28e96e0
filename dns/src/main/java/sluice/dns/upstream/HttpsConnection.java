// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.handler.codec.http2.HttpToHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.InboundHttp2ToHttpAdapterBuilder;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sluice.dns.Network;
import sluice.dns.message.Outgoing;
import sluice.dns.message.Wire;

/**
 * Messages as bodies of requests over HTTP/2 (RFC 8484). Netty's codec runs on a channel without a socket, by whoever holds the lock: those who ask,
 * and the thread that reads.
 */
final class HttpsConnection implements Connection {
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration WRITING = Duration.ofSeconds(5);
    private static final String MEDIA_TYPE = "application/dns-message";
    private static final int MOST_STREAMS = 100;
    private static final int BUFFER = 16 * 1024;

    /** Identifiers run out at 2^31; a new connection begins anew long before. */
    private static final int LAST_STREAM = 1 << 30;

    private final Network.Stream stream;
    private final URI uri;
    private final ReentrantLock lock = new ReentrantLock();
    private final Http2Connection http = new DefaultHttp2Connection(false);
    private final EmbeddedChannel channel;
    private final Map<Integer, CompletableFuture<byte[]>> waiting = new HashMap<>();
    private long queries;
    private long answers;
    private volatile boolean closed;

    HttpsConnection(Network network, Network.Stream stream, URI uri) {
        this.stream = stream;
        this.uri = uri;
        var settings = Http2Settings.defaultSettings()
                .pushEnabled(false)
                .maxConcurrentStreams(0)
                .maxHeaderListSize(8192);
        var adapter = new InboundHttp2ToHttpAdapterBuilder(http)
                .maxContentLength(Wire.LONGEST)
                .validateHttpHeaders(true)
                .build();
        channel = new EmbeddedChannel(new HttpToHttp2ConnectionHandlerBuilder()
                .connection(http)
                .initialSettings(settings)
                .frameListener(adapter)
                .build());
        var _ = network.start("dns-" + uri.getHost(), this::read);
    }

    @Override
    public byte[] ask(Outgoing query, Deadline deadline) throws IOException {
        var answer = new CompletableFuture<byte[]>();
        int id = 0;
        long before;
        lock.lock();
        try {
            before = answers;
            id = send(query, answer);
        } finally {
            lock.unlock();
        }
        try {
            byte[] message = Connection.await(answer, deadline);
            if (!query.isAnsweredBy(message, 0)) {
                throw new IOException("the server answered another question");
            }
            return message;
        } catch (IOException e) {
            giveUp(id, before);
            throw e;
        }
    }

    private void giveUp(int id, long before) {
        lock.lock();
        try {
            boolean waited = waiting.remove(id) != null;
            if (waited && answers == before) {
                end(new EOFException("the server is silent"));
            }
        } finally {
            lock.unlock();
        }
    }

    private int send(Outgoing query, CompletableFuture<byte[]> answer) throws IOException {
        if (closed) {
            throw new EOFException("the connection has ended");
        }
        if (hasNoStream()) {
            throw new IOException("too many queries wait for the server's answers");
        }
        int id = http.local().incrementAndGetNextStreamId();
        queries++;
        waiting.put(id, answer);
        try {
            channel.writeOutbound(request(id, query.bytes(0)));
            flush();
        } catch (Exception e) {
            // Netty hands on checked exceptions too.
            waiting.remove(id);
            throw end(e instanceof IOException io ? io : new IOException("cannot send a request over HTTP/2", e));
        }
        if (id >= LAST_STREAM) {
            closed = true;
        }
        return id;
    }

    private boolean hasNoStream() {
        return waiting.size() >= MOST_STREAMS
                || (!waiting.isEmpty() && !http.local().canOpenStream());
    }

    private FullHttpRequest request(int id, byte[] message) {
        String path = uri.getRawPath().isEmpty() ? "/dns-query" : uri.getRawPath();
        String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
        var request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.POST, target, Unpooled.wrappedBuffer(message));
        request.headers()
                .set(HttpHeaderNames.HOST, uri.getRawAuthority())
                .set(HttpHeaderNames.ACCEPT, MEDIA_TYPE)
                .set(HttpHeaderNames.CONTENT_TYPE, MEDIA_TYPE)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, message.length)
                .set(HttpConversionUtil.ExtensionHeaderNames.SCHEME.text(), "https")
                .setInt(HttpConversionUtil.ExtensionHeaderNames.STREAM_ID.text(), id);
        return request;
    }

    private void flush() throws IOException {
        for (ByteBuf out; (out = channel.readOutbound()) != null; ) {
            try {
                stream.write(out.nioBuffer(), WRITING);
            } finally {
                out.release();
            }
        }
    }

    private void read() {
        var buffer = ByteBuffer.allocate(BUFFER);
        try {
            while (stream.read(buffer.clear(), IDLE) >= 0) {
                take(buffer.flip());
            }
            end(new EOFException("the server ended the connection"));
        } catch (Exception e) {
            // Netty hands on checked exceptions too.
            end(e instanceof IOException io ? io : new IOException("the server does not speak HTTP/2", e));
        } finally {
            stream.close();
        }
    }

    private void take(ByteBuffer buffer) throws IOException {
        lock.lock();
        try {
            if (!channel.isOpen()) {
                throw new EOFException("the connection has ended");
            }
            channel.writeInbound(Unpooled.copiedBuffer(buffer));
            for (Object in; (in = channel.readInbound()) != null; ) {
                answered(in);
            }
            flush();
            if (http.goAwayReceived()) {
                goAway();
            }
            if (!channel.isOpen() || (closed && waiting.isEmpty())) {
                throw new EOFException("the server ended the connection");
            }
        } finally {
            lock.unlock();
        }
    }

    /** The server takes no more queries, and none of these streams: it has not looked at them (RFC 9113 section 6.8). */
    private void goAway() {
        closed = true;
        int last = http.local().lastStreamKnownByPeer();
        waiting.entrySet()
                .removeIf(one -> one.getKey() > last
                        && one.getValue().completeExceptionally(new EOFException("the server takes no more queries")));
    }

    private void answered(Object message) {
        try {
            if (message instanceof FullHttpResponse response) {
                var id = response.headers().getInt(HttpConversionUtil.ExtensionHeaderNames.STREAM_ID.text());
                var answer = id == null ? null : waiting.remove(id);
                if (answer != null) {
                    answers++;
                    var problem = problem(response);
                    if (problem == null) {
                        answer.complete(ByteBufUtil.getBytes(response.content()));
                    } else {
                        answer.completeExceptionally(new IOException(problem));
                    }
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private static @Nullable String problem(FullHttpResponse response) {
        if (response.status().code() != 200) {
            return "the server says HTTP " + response.status();
        }
        String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        return type.startsWith(MEDIA_TYPE) ? null : "the server answered with \"" + type + "\", not " + MEDIA_TYPE;
    }

    /** Ends it for all who wait; returns the reason, to be thrown. */
    private IOException end(IOException why) {
        List<CompletableFuture<byte[]>> left;
        lock.lock();
        try {
            closed = true;
            left = List.copyOf(waiting.values());
            waiting.clear();
            release(why);
        } finally {
            lock.unlock();
        }
        left.forEach(one -> one.completeExceptionally(why));
        stream.close();
        return why;
    }

    private void release(IOException why) {
        try {
            channel.finishAndReleaseAll();
        } catch (RuntimeException e) {
            why.addSuppressed(e);
        }
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public boolean isFull() {
        lock.lock();
        try {
            return hasNoStream();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean leftQueries() {
        lock.lock();
        try {
            return answers > 0 || queries > 1 || http.goAwayReceived();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        // Whoever writes holds the lock until this.
        stream.close();
        end(new EOFException("the connection was closed"));
    }
}
