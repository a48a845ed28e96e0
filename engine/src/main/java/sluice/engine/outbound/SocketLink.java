// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;

/** A link that is a socket. */
record SocketLink(ParkedSocket socket, Early early) implements Link {
    SocketLink(ParkedSocket socket) {
        this(socket, new Early());
    }

    @Override
    public int tryRead(ByteBuffer into) throws IOException {
        int count = early.take(into);
        return count > 0 ? count : socket.tryRead(into);
    }

    @Override
    public void awaitReadable(Deadline deadline) throws IOException {
        socket.awaitReadable(deadline);
    }

    @Override
    public void write(ByteBuffer from, Deadline deadline) throws IOException {
        socket.write(from, deadline);
    }

    @Override
    public void shutdownWrite(Deadline deadline) throws IOException {
        socket.shutdownWrite();
    }

    @Override
    public void option(int level, int name, int value) throws IOException {
        socket.option(level, name, value);
    }

    @Override
    public void unread(ByteBuffer bytes) {
        early.put(bytes);
    }

    @Override
    public Upstream upstream() throws IOException {
        return new Upstream.Bare(socket.detach(), early.takeAll());
    }

    @Override
    public void abort() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.close();
    }
}
