// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import sluice.dns.Network;
import sluice.dns.message.Outgoing;
import sluice.dns.message.Wire;

/** Messages with their lengths in front, over TCP or TLS (RFC 1035 section 4.2.2, RFC 7766); answers may come in any order. */
final class StreamConnection implements Connection {
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final int MOST_WAITING = 512;
    private static final int FIRST_BUFFER = 2048;

    private final Network.Stream stream;
    private final SecureRandom random;
    private final ReentrantLock writing = new ReentrantLock();
    private final Map<Integer, Waiting> waiting = new HashMap<>();
    private long queries;
    private long answers;
    private boolean closed;

    private record Waiting(Outgoing query, CompletableFuture<byte[]> answer) {}

    StreamConnection(Network network, Network.Stream stream, SecureRandom random, String name) {
        this.stream = stream;
        this.random = random;
        var _ = network.start("dns-" + name, this::read);
    }

    @Override
    public byte[] ask(Outgoing query, Deadline deadline) throws IOException {
        var answer = new CompletableFuture<byte[]>();
        long before = answers();
        int id = register(new Waiting(query, answer));
        try {
            byte[] message = query.bytes(id);
            var framed = ByteBuffer.allocate(2 + message.length)
                    .putShort((short) message.length)
                    .put(message)
                    .flip();
            write(framed, deadline);
            return Connection.await(answer, deadline);
        } catch (IOException e) {
            if (answers() == before) {
                close();
            }
            throw e;
        } finally {
            forget(id);
        }
    }

    private void write(ByteBuffer framed, Deadline deadline) throws IOException {
        writing.lock();
        try {
            stream.write(framed, deadline.left());
        } catch (IOException e) {
            // Half a message may be out.
            close();
            throw e;
        } finally {
            writing.unlock();
        }
    }

    private synchronized int register(Waiting one) throws IOException {
        if (closed) {
            throw new EOFException("the connection has ended");
        }
        if (isFull()) {
            throw new IOException("too many queries wait for the server's answers");
        }
        int id;
        do {
            id = random.nextInt(0x10000);
        } while (waiting.putIfAbsent(id, one) != null);
        queries++;
        return id;
    }

    private synchronized void forget(int id) {
        waiting.remove(id);
    }

    private synchronized long answers() {
        return answers;
    }

    private void read() {
        var buffer = ByteBuffer.allocate(FIRST_BUFFER);
        try {
            while (stream.read(buffer, IDLE) >= 0) {
                buffer = take(buffer);
            }
            fail(new EOFException("the server ended the connection"));
        } catch (IOException e) {
            fail(e);
        } finally {
            stream.close();
        }
    }

    /** Takes whole messages out of what was read, and sees that the next one has room. */
    private ByteBuffer take(ByteBuffer buffer) {
        buffer.flip();
        while (buffer.remaining() >= 2) {
            int length = buffer.getShort(buffer.position()) & 0xffff;
            if (buffer.remaining() < 2 + length) {
                break;
            }
            var message = new byte[length];
            buffer.position(buffer.position() + 2).get(message);
            answered(message);
        }
        int needed = buffer.remaining() < 2 ? 2 : 2 + (buffer.getShort(buffer.position()) & 0xffff);
        if (needed <= buffer.capacity()) {
            return buffer.compact();
        }
        return ByteBuffer.allocate(needed).put(buffer);
    }

    private void answered(byte[] message) {
        if (message.length < Wire.HEADER) {
            return;
        }
        int id = Wire.unsignedShort(message, 0);
        Waiting one;
        synchronized (this) {
            one = waiting.get(id);
            if (one == null || !one.query.isAnsweredBy(message, id)) {
                return;
            }
            waiting.remove(id);
            answers++;
        }
        one.answer.complete(message);
    }

    private void fail(IOException why) {
        List<Waiting> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(waiting.values());
            waiting.clear();
        }
        left.forEach(one -> one.answer.completeExceptionally(why));
    }

    @Override
    public synchronized boolean isOpen() {
        return !closed;
    }

    @Override
    public synchronized boolean isFull() {
        return waiting.size() >= MOST_WAITING;
    }

    @Override
    public synchronized boolean leftQueries() {
        return answers > 0 || queries > 1;
    }

    @Override
    public void close() {
        fail(new EOFException("the connection was closed"));
        stream.close();
    }
}
