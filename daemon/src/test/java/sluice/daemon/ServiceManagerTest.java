// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.linux.SocketConstants.AF_UNIX;
import static sluice.linux.SocketConstants.SOCK_DGRAM;

import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.linux.DescriptorPassing;
import sluice.linux.NativeSocket;
import sluice.linux.UnixAddress;
import sluice.linux.UnixListener;

/** The test plays systemd: it owns the notify socket. */
@Timeout(200)
class ServiceManagerTest {
    private static final long PID = 4711;

    @TempDir
    Path directory;

    private NativeSocket systemd;
    private Map<String, String> environment;

    @BeforeEach
    void listen() throws Exception {
        var path = directory.resolve("notify").toString();
        systemd = NativeSocket.open(AF_UNIX, SOCK_DGRAM, 0, "test notify socket");
        systemd.bind(new UnixAddress(path, false));
        environment = Map.of("NOTIFY_SOCKET", path);
    }

    @AfterEach
    void close() {
        systemd.close();
    }

    @Test
    void everyStateIsToldInSystemdsWords() throws Exception {
        try (var manager = ServiceManager.of(environment, PID)) {
            manager.ready();
            assertThat(received()).isEqualTo("READY=1");
            long before = System.nanoTime() / 1000;
            manager.reloading();
            assertThat(received())
                    .startsWith("RELOADING=1\nMONOTONIC_USEC=")
                    .satisfies(text -> assertThat(Long.parseLong(text.substring(text.lastIndexOf('=') + 1)))
                            .isBetween(before, System.nanoTime() / 1000));
            manager.status("3 rules\nin force");
            assertThat(received()).isEqualTo("STATUS=3 rules in force");
            manager.watchdog();
            assertThat(received()).isEqualTo("WATCHDOG=1");
            manager.stopping();
            assertThat(received()).isEqualTo("STOPPING=1");
        }
    }

    @Test
    void aStoredListenerWorksForWhoeverGetsItNext() throws Exception {
        var path = directory.resolve("control");
        try (var manager = ServiceManager.of(environment, PID)) {
            try (var listener = UnixListener.open(path, PosixFilePermissions.fromString("rw-rw----"))) {
                manager.store("control", listener.descriptor());
            }
            assertThat(received()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=control");
            var message = ByteBuffer.allocateDirect(1000);
            var descriptors = DescriptorPassing.receive(systemd, message);
            assertThat(UTF_8.decode(message.flip()).toString()).isEqualTo("FDSTORE=1\nFDNAME=control");
            try (var kept = UnixListener.of(descriptors.getFirst());
                    var client = SocketChannel.open(UnixDomainSocketAddress.of(path));
                    var accepted = Objects.requireNonNull(kept.accept())) {
                assertThat(client.isConnected()).isTrue();
                assertThat(accepted.peer().pid())
                        .isEqualTo((int) ProcessHandle.current().pid());
            }
            manager.forget("control");
            assertThat(received()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=control");
        }
    }

    @Test
    void theWatchdogIsFedTwiceInItsTimeAndOnlyByWhomItWatches() throws Exception {
        assertThat(period(Map.of("WATCHDOG_USEC", "30000000"))).hasValue(Duration.ofSeconds(15));
        assertThat(period(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "4711")))
                .hasValue(Duration.ofSeconds(15));
        assertThat(period(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "4712")))
                .isEmpty();
        assertThat(period(Map.of())).isEmpty();
        assertThatThrownBy(() -> period(Map.of("WATCHDOG_USEC", "soon"))).hasMessageContaining("WATCHDOG_USEC");
    }

    @Test
    void descriptorsOfAnotherProcessAreNotTouched() throws Exception {
        try (var manager = ServiceManager.of(Map.of("LISTEN_FDS", "1", "LISTEN_PID", "1"), PID)) {
            assertThat(manager.take("control")).isEmpty();
        }
        assertThatThrownBy(() -> ServiceManager.of(Map.of("LISTEN_FDS", "9999", "LISTEN_PID", "4711"), PID))
                .hasMessageContaining("LISTEN_FDS");
    }

    @Test
    void withoutAServiceManagerNothingHappens() throws Exception {
        try (var manager = ServiceManager.of(Map.of(), PID)) {
            manager.ready();
            assertThat(manager.isPresent()).isFalse();
        }
    }

    @Test
    void aServiceManagerThatWentAwayDoesNotFailTheDaemon() throws Exception {
        try (var manager = ServiceManager.of(environment, PID)) {
            systemd.close();
            manager.ready();
            assertThat(manager.isPresent()).isTrue();
        }
    }

    private static Optional<Duration> period(Map<String, String> environment) throws Exception {
        try (var manager = ServiceManager.of(environment, PID)) {
            return manager.watchdogPeriod();
        }
    }

    private String received() throws Exception {
        var message = ByteBuffer.allocateDirect(1000);
        systemd.receive(message);
        return UTF_8.decode(message.flip()).toString();
    }
}
