// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptorPassingTest {
    private final UnixAddress notify =
            new UnixAddress("sluice-notify-" + ProcessHandle.current().pid(), true);

    @Test
    void aDescriptorArrivesAsOneOfTheSameOpenFile() throws Exception {
        var listening =
                new UnixAddress("sluice-stored-" + ProcessHandle.current().pid(), true);
        try (var receiver = unix();
                var sender = unix();
                var stored = unix()) {
            receiver.bind(notify);
            stored.bind(listening);
            assertThat(DescriptorPassing.send(sender, message(), notify, List.of(stored.descriptor())))
                    .isEqualTo(9);
            var buffer = ByteBuffer.allocateDirect(64);
            var received = DescriptorPassing.receive(receiver, buffer);
            assertThat(buffer.position()).isEqualTo(9);
            assertThat(received).hasSize(1);
            stored.descriptor().close();
            try (var adopted = NativeSocket.of(received.getFirst())) {
                assertThat(adopted.localAddress()).isEqualTo(listening);
            }
        }
    }

    @Test
    void aMessageWithoutDescriptorsBringsNone() throws Exception {
        try (var receiver = unix();
                var sender = unix()) {
            receiver.bind(notify);
            DescriptorPassing.send(sender, message(), notify, List.of());
            assertThat(DescriptorPassing.receive(receiver, ByteBuffer.allocateDirect(64)))
                    .isEmpty();
            receiver.nonBlocking(true);
            assertThat(DescriptorPassing.receive(receiver, ByteBuffer.allocateDirect(64)))
                    .isEmpty();
        }
    }

    @Test
    void asManyAsTheKernelTakesArrive() throws Exception {
        try (var receiver = unix();
                var sender = unix()) {
            receiver.bind(notify);
            var many = Collections.nCopies(DescriptorPassing.MAXIMUM, sender.descriptor());
            DescriptorPassing.send(sender, message(), notify, many);
            var received = DescriptorPassing.receive(receiver, ByteBuffer.allocateDirect(64));
            assertThat(received).hasSize(DescriptorPassing.MAXIMUM);
            received.forEach(FileDescriptor::close);
            var tooMany = Collections.nCopies(DescriptorPassing.MAXIMUM + 1, sender.descriptor());
            assertThatThrownBy(() -> DescriptorPassing.send(sender, message(), notify, tooMany))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aMessageThatIsCutOffIsRefused() throws Exception {
        try (var receiver = unix();
                var sender = unix()) {
            receiver.bind(notify);
            DescriptorPassing.send(sender, message(), notify, List.of(sender.descriptor()));
            assertThatThrownBy(() -> DescriptorPassing.receive(receiver, ByteBuffer.allocateDirect(4)))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("EMSGSIZE");
        }
    }

    private static ByteBuffer message() {
        return ByteBuffer.allocateDirect(9)
                .put("FDSTORE=1".getBytes(StandardCharsets.US_ASCII))
                .flip();
    }

    private static NativeSocket unix() throws SystemCallException {
        return NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "notify socket");
    }
}
