// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import sluice.dns.Network;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedDatagrams;

/** Straight to one server. */
record PlainDatagrams(ParkedDatagrams socket) implements Network.Datagrams {
    @Override
    public void send(ByteBuffer datagram) throws IOException {
        socket.send(datagram);
    }

    @Override
    public int receive(ByteBuffer into, Duration timeout) throws IOException {
        return socket.receive(into, Deadline.in(timeout));
    }

    @Override
    public void close() {
        socket.close();
    }
}
