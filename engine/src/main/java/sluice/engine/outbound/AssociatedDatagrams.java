// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.dns.Network;
import sluice.engine.flow.Destination;
import sluice.engine.park.Buffers;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedDatagrams;
import sluice.linux.InetEndpoint;

/** To one server through a proxy. */
record AssociatedDatagrams(UdpAssociation association, ParkedDatagrams socket, InetEndpoint server)
        implements Network.Datagrams {
    @Override
    public void send(ByteBuffer datagram) throws IOException {
        var framed = ByteBuffer.allocate(association.headerBytes() + datagram.remaining());
        association.wrap(new Destination(server), framed);
        socket.send(framed.put(datagram).flip());
    }

    @Override
    public int receive(ByteBuffer into, Duration timeout) throws IOException {
        var deadline = Deadline.in(timeout);
        var framed = ByteBuffer.allocate(Math.min(Buffers.BYTES, association.headerBytes() + into.remaining()));
        while (true) {
            socket.receive(framed.clear(), deadline);
            // A relay hears strangers too.
            if (isServer(association.unwrap(framed.flip()))) {
                int count = Math.min(framed.remaining(), into.remaining());
                into.put(framed.limit(framed.position() + count));
                return count;
            }
            deadline.check();
        }
    }

    private boolean isServer(@Nullable InetEndpoint sender) {
        // Some proxies do not say who sent a datagram, or only in words.
        return server.equals(sender)
                || (sender != null
                        && sender.address().isAnyLocalAddress()
                        && (sender.port() == server.port() || sender.port() == 0));
    }

    @Override
    public void close() {
        socket.close();
        association.close();
    }
}
