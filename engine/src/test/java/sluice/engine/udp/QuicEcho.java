// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.core.server.ApplicationProtocolConnection;
import tech.kwik.core.server.ApplicationProtocolConnectionFactory;

/** A protocol over QUIC: whatever the client sends on a stream comes back. */
final class QuicEcho implements ApplicationProtocolConnectionFactory {
    private static final int PIECE = 1 << 10;
    // Together less than the 50 KiB that kwik keeps for a stream: no write may wait for room.
    private static final int PIECES_AHEAD = 32;
    private static final int MOST_REMINDERS = 16;

    /**
     * Sends the bytes and returns what came back of them.
     *
     * <p>kwik (0.10.8, StreamOutputStreamImpl) counts a stream's request to send after it has queued it. When the sending thread serves the
     * request before it is counted, it does not ask again for the rest of the buffer, which then lies there until the next write. That
     * happens without the engine as often as with it, once in about fifteen MiB on a busy processor. So the writer never waits for
     * room, and when nothing has come back for a moment it writes another piece as a reminder, which brings back nothing that was lost
     * on the way.
     */
    static byte[] exchange(QuicStream stream, byte[] bytes) throws Exception {
        var ahead = new Semaphore(PIECES_AHEAD);
        var writer = Thread.ofPlatform().name("quic-writer").start(() -> write(stream, bytes, ahead));
        try {
            var back = new byte[bytes.length];
            for (int at = 0; at < back.length; at += PIECE) {
                int length = Math.min(PIECE, back.length - at);
                if (stream.getInputStream().readNBytes(back, at, length) < length) {
                    return Arrays.copyOf(back, at);
                }
                ahead.release();
            }
            return back;
        } finally {
            writer.interrupt();
            writer.join();
        }
    }

    private static void write(QuicStream stream, byte[] bytes, Semaphore ahead) {
        var out = stream.getOutputStream();
        int reminders = 0;
        try {
            for (int at = 0; true; at += PIECE) {
                if (ahead.tryAcquire(1 + reminders, 100, TimeUnit.MILLISECONDS)) {
                    reminders = 0;
                } else if (reminders < MOST_REMINDERS) {
                    reminders++;
                } else {
                    ahead.acquire(1 + reminders);
                    reminders = 0;
                }
                out.write(
                        at < bytes.length
                                ? Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PIECE))
                                : new byte[1]);
            }
        } catch (IOException | InterruptedException _) {
            // Everything has come back, or the connection has ended: the reader knows.
        }
    }

    @Override
    public ApplicationProtocolConnection createConnection(String protocol, QuicConnection connection) {
        return new ApplicationProtocolConnection() {
            @Override
            public void acceptPeerInitiatedStream(QuicStream stream) {
                Thread.ofPlatform().daemon().start(() -> echo(stream));
            }
        };
    }

    private static void echo(QuicStream stream) {
        try (var out = stream.getOutputStream()) {
            stream.getInputStream().transferTo(out);
        } catch (IOException _) {
            // The client has gone: the test is over.
        }
    }

    @Override
    public int maxConcurrentPeerInitiatedUnidirectionalStreams() {
        return 0;
    }

    @Override
    public int maxConcurrentPeerInitiatedBidirectionalStreams() {
        return 4;
    }
}
