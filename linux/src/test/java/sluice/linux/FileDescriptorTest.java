// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FileDescriptorTest {
    @Test
    void adoptingANumberThatIsNotOpenSaysSo() {
        assertThatThrownBy(() -> FileDescriptor.adopt(60_000, "inherited socket"))
                .isInstanceOf(SystemCallException.class)
                .hasMessageStartingWith("adopt inherited socket (fd 60000): EBADF");
    }

    @Test
    void aDuplicateOutlivesTheOriginal() throws Exception {
        var here = new UnixAddress("sluice-fd-" + ProcessHandle.current().pid(), true);
        var original = NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "socket");
        original.bind(here);
        try (var copy = original.descriptor().duplicate()) {
            original.close();
            assertThat(NativeSocket.of(copy).localAddress()).isEqualTo(here);
        }
    }

    @Test
    void everyDescriptorIsClosedOnExec() throws Exception {
        try (var socket = NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "socket");
                var copy = socket.descriptor().duplicate()) {
            assertThat(flags(socket.descriptor())).containsPattern("flags:\\s+02");
            assertThat(flags(copy)).containsPattern("flags:\\s+02");
        }
    }

    @Test
    void readingAndWritingAdvanceTheBuffer() throws Exception {
        var here = new UnixAddress("sluice-rw-" + ProcessHandle.current().pid(), true);
        try (var in = NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "in");
                var out = NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "out")) {
            in.bind(here);
            out.connect(here);
            var message = ByteBuffer.allocateDirect(3)
                    .put("abc".getBytes(StandardCharsets.US_ASCII))
                    .flip();
            assertThat(out.descriptor().write(message)).isEqualTo(3);
            var buffer = ByteBuffer.allocateDirect(8);
            assertThat(in.descriptor().read(buffer)).isEqualTo(3);
            assertThat(buffer.position()).isEqualTo(3);
            in.nonBlocking(true);
            assertThat(in.descriptor().read(buffer)).isEqualTo(-1);
        }
    }

    private static String flags(FileDescriptor descriptor) throws Exception {
        return Files.readString(Path.of("/proc/self/fdinfo/" + descriptor.number()));
    }
}
