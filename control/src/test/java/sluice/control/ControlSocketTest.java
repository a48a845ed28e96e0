// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void name() {
        path = directory.resolve("control.sock");
    }

    @Test
    void isForItsUserAndGroupAlone() throws Exception {
        try (var _ = ControlSocket.open(path)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-rw----");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void replacesTheSocketOfADeadDaemon() throws Exception {
        ControlSocket.open(path).closeKeepingFile();
        assertThat(path).exists();
        try (var _ = ControlSocket.open(path);
                var client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            assertThat(client.isConnected()).isTrue();
        }
    }

    @Test
    void refusesTheSocketOfALivingDaemonAndLeavesItAlone() throws Exception {
        try (var first = ControlSocket.open(path)) {
            assertThatThrownBy(() -> ControlSocket.open(path))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another daemon is using it");
            try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                assertThat(first.listener().accept()).isNotNull();
            }
        }
    }

    @Test
    void saysWhichDirectoryIsMissing() {
        assertThatThrownBy(() -> ControlSocket.open(directory.resolve("missing/control.sock")))
                .hasMessageContaining(directory.resolve("missing") + " does not exist")
                .hasMessageContaining("RuntimeDirectory");
    }

    @Test
    void leavesAFileThatIsNoSocketAlone() throws Exception {
        Files.writeString(path, "precious");
        assertThatThrownBy(() -> ControlSocket.open(path)).hasMessageContaining("not a socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void saysWhenThePathIsTooLongForTheKernel() {
        assertThatThrownBy(() -> ControlSocket.open(directory.resolve("x".repeat(120))))
                .hasMessageContaining("the kernel allows 107");
    }

    @Test
    void keepsListeningThroughAnAdoptedDescriptor() throws Exception {
        var first = ControlSocket.open(path);
        var kept = first.listener().descriptor().duplicate();
        first.closeKeepingFile();
        try (var client = SocketChannel.open(UnixDomainSocketAddress.of(path));
                var second = ControlSocket.adopt(path, kept)) {
            assertThat(client.isConnected()).isTrue();
            assertThat(second.listener().accept()).isNotNull();
        }
    }

    @Test
    void doesNotAdoptADescriptorOfAnotherPath() throws Exception {
        var former = ControlSocket.open(directory.resolve("former.sock"));
        var kept = former.listener().descriptor().duplicate();
        former.closeKeepingFile();
        try (var _ = ControlSocket.adopt(path, kept);
                var client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            assertThat(client.isConnected()).isTrue();
            assertThat(kept.isOpen()).isFalse();
        }
    }
}
