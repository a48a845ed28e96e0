// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.testkit.Await;

@Timeout(200)
class UnixListenerTest {
    private static final Set<PosixFilePermission> GROUP = PosixFilePermissions.fromString("rw-rw----");
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Await.SOON;

    @TempDir
    Path directory;

    @Test
    void theSocketFileHasExactlyThePermissionsAskedFor() throws Exception {
        var path = directory.resolve("s");
        try (var _ = UnixListener.open(path, GROUP)) {
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(GROUP);
        }
    }

    @Test
    void aConnectionTellsWhoItsPeerIs() throws Exception {
        try (var listener = UnixListener.open(directory.resolve("s"), GROUP)) {
            assertThat(listener.accept()).isNull();
            try (var _ = connect();
                    var accepted = Objects.requireNonNull(listener.accept())) {
                var uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
                assertThat(accepted.peer().pid())
                        .isEqualTo((int) ProcessHandle.current().pid());
                assertThat(accepted.peer().uid()).isEqualTo(uid);
            }
        }
    }

    @Test
    void theProcessThatConnectedIsKnownUntilItEndsWhoeverHasTheConnectionThen() throws Exception {
        try (var listener = UnixListener.open(directory.resolve("s"), GROUP)) {
            var child = new ProcessBuilder(
                            "python3",
                            "-c",
                            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1)",
                            directory.resolve("s").toString())
                    .start();
            try (var accepted = awaitConnection(listener);
                    var process = accepted.process();
                    var byStart = ProcessByStart.of((int) child.pid())) {
                assertThat(process.pid()).isEqualTo((int) child.pid());
                assertThat(process.isAlive()).isTrue();
                assertThat(byStart.isAlive()).isTrue();
                assertThat(new ProcessByStart(byStart.pid(), byStart.start() - 1).isAlive())
                        .as("one that had the number before")
                        .isFalse();
                child.destroyForcibly().waitFor();
                assertThat(process.isAlive()).isFalse();
                assertThat(byStart.isAlive()).isFalse();
                try (var late = accepted.process()) {
                    assertThat(late.isAlive()).isFalse();
                }
            }
        }
    }

    private static UnixConnection awaitConnection(UnixListener listener) throws Exception {
        try (var poller = Poller.open();
                var _ = poller.register(listener.descriptor(), Poller.EPOLLIN, _ -> {})) {
            poller.await(LONG);
        }
        return Objects.requireNonNull(listener.accept());
    }

    @Test
    void bytesPassBothWaysUntilTheEnd() throws Exception {
        try (var listener = UnixListener.open(directory.resolve("s"), GROUP);
                var client = connect();
                var accepted = Objects.requireNonNull(listener.accept())) {
            client.write(ByteBuffer.wrap("question".getBytes(UTF_8)));
            client.shutdownOutput();
            var buffer = ByteBuffer.allocateDirect(64);
            assertThat(accepted.read(buffer, LONG)).isEqualTo(8);
            assertThat(accepted.read(buffer, LONG)).isZero();
            assertThat(accepted.write(buffer.flip(), LONG)).isEqualTo(8);
            var echo = ByteBuffer.allocate(64);
            assertThat(client.read(echo)).isEqualTo(8);
        }
    }

    @Test
    void waitingEndsWhenTheTimeIsUp() throws Exception {
        try (var listener = UnixListener.open(directory.resolve("s"), GROUP);
                var _ = connect();
                var accepted = Objects.requireNonNull(listener.accept())) {
            assertThat(accepted.read(ByteBuffer.allocateDirect(1), SHORT)).isEqualTo(UnixConnection.TIMED_OUT);
            int result;
            do {
                result = accepted.write(ByteBuffer.allocateDirect(1 << 20), SHORT);
            } while (result > 0);
            assertThat(result).isEqualTo(UnixConnection.TIMED_OUT);
        }
    }

    @Test
    void shutdownReleasesTheThreadThatReads() throws Exception {
        try (var listener = UnixListener.open(directory.resolve("s"), GROUP);
                var _ = connect();
                var accepted = Objects.requireNonNull(listener.accept())) {
            var closer = Thread.ofPlatform().start(() -> {
                try {
                    accepted.shutdown();
                } catch (SystemCallException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(accepted.read(ByteBuffer.allocateDirect(1), LONG)).isZero();
            closer.join();
        }
    }

    @Test
    void aSocketFileIsServedWhileSomebodyListens() throws Exception {
        var path = directory.resolve("s");
        assertThat(UnixListener.isServed(path)).isFalse();
        try (var _ = UnixListener.open(path, GROUP)) {
            assertThat(UnixListener.isServed(path)).isTrue();
        }
        assertThat(path).exists();
        assertThat(UnixListener.isServed(path)).isFalse();
    }

    @Test
    void anExistingFileIsLeftAlone() throws Exception {
        var path = Files.createFile(directory.resolve("s"));
        assertThatThrownBy(() -> UnixListener.open(path, GROUP)).isInstanceOf(AlreadyExistsException.class);
        assertThat(path).exists();
    }

    @Test
    void aMissingDirectoryIsNotFound() {
        assertThatThrownBy(() -> UnixListener.open(directory.resolve("missing/s"), GROUP))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void aListenerLivesOnInAnAdoptedDescriptor() throws Exception {
        UnixListener adopted;
        try (var listener = UnixListener.open(directory.resolve("s"), GROUP)) {
            adopted = UnixListener.of(listener.descriptor().duplicate());
        }
        try (adopted;
                var _ = connect();
                var accepted = adopted.accept()) {
            assertThat(accepted).isNotNull();
        }
    }

    private SocketChannel connect() throws Exception {
        return SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("s")));
    }
}
