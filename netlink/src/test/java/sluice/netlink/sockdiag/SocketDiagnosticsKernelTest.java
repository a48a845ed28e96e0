// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.sockdiag;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;

@KernelTest
class SocketDiagnosticsKernelTest {
    private SocketDiagnostics sockets;

    @BeforeEach
    void open() throws Exception {
        sockets = SocketDiagnostics.open();
    }

    @AfterEach
    void close() {
        sockets.close();
    }

    @Test
    void aListenerIsSeenOnItsPortWhileItListens() throws Exception {
        int port;
        try (var server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            port = server.getLocalPort();
            assertThat(sockets.listeners(port)).singleElement().satisfies(found -> {
                // The JDK opens one IPv6 socket for both families.
                assertThat(found.local().getPort()).isEqualTo(port);
                assertThat(found.local().getAddress()).isEqualTo(InetAddress.ofLiteral("127.0.0.1"));
                assertThat(found.state()).isEqualTo(10);
                assertThat(found.servesIpv4()).isTrue();
            });
            assertThat(sockets.listeners(0)).isNotEmpty();
        }
        assertThat(sockets.listeners(port)).isEmpty();
    }

    @Test
    void aWildcardListenerServesBothFamilies() throws Exception {
        try (var server = new ServerSocket(0)) {
            assertThat(sockets.listeners(server.getLocalPort())).singleElement().satisfies(found -> {
                assertThat(found.servesIpv4()).isTrue();
                assertThat(found.servesIpv6()).isTrue();
            });
        }
    }

    @Test
    void udpSocketsTellTheirPeersAndInodes() throws Exception {
        try (var plain = DatagramChannel.open(StandardProtocolFamily.INET);
                var peer = new DatagramSocket()) {
            plain.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
            int port = ((InetSocketAddress) plain.getLocalAddress()).getPort();
            assertThat(sockets.udp(port)).singleElement().satisfies(found -> {
                assertThat(found.local()).isEqualTo(plain.getLocalAddress());
                assertThat(found.remote().getPort()).isZero();
                assertThat(found.inode()).isPositive();
            });
            plain.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), peer.getLocalPort()));
            assertThat(sockets.udp(port))
                    .singleElement()
                    .satisfies(found -> assertThat(found.remote()).isEqualTo(plain.getRemoteAddress()));
            assertThat(sockets.udp(0)).hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void aSocketTellsTheCgroupItWasMadeIn() throws Exception {
        try (var sandbox = CgroupSandbox.create("sockdiag")) {
            var group = sandbox.cgroup("listener");
            var server = CProgram.of("answer").executable().toString();
            var process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"",
                            group.toString(),
                            server,
                            "any",
                            "tcp",
                            "4711")
                    .start();
            try (var output = process.inputReader()) {
                assertThat(output.readLine()).isEqualTo("ready");
                long id = (long) Files.getAttribute(Path.of(group.toString()), "unix:ino");
                // One for each family.
                assertThat(sockets.listeners(4711))
                        .hasSize(2)
                        .allSatisfy(found -> assertThat(found.cgroup()).isEqualTo(id));
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
