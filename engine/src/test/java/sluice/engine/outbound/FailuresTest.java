// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import sluice.bounds.Bounds;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;
import sluice.engine.park.NoBufferException;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.linux.SocketConstants;
import sluice.linux.StreamSocket;

class FailuresTest {
    @Test
    void aShortageOfBuffersHereIsNotTheProxysFailure() throws Exception {
        var loopback = InetAddress.ofLiteral("127.0.0.1");
        try (var server = new ServerSocket(0, 1, loopback);
                var parking = Parking.start(0, new Bounds(Bounds.Listener.NONE))) {
            var deadline = Deadline.in(World.LONG);
            var to = new InetEndpoint(loopback, server.getLocalPort());
            try (var socket = parking.connect(StreamSocket.open(SocketConstants.AF_INET), to, deadline)) {
                // More than there is room for where nobody reads.
                var bytes = ByteBuffer.allocateDirect(16 << 20);
                var shortage = catchThrowableOfType(NoBufferException.class, () -> socket.write(bytes, deadline));
                assertThat(Failures.of("office", "write to the proxy", shortage).reason())
                        .isEqualTo(FlowEnd.LIMIT);
            }
        }
    }
}
