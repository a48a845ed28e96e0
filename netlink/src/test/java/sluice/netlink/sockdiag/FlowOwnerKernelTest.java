// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.sockdiag;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.linux.InetEndpoint;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;

/** Whose socket is it, asked with nothing but the addresses that the other side sees. */
@KernelTest
class FlowOwnerKernelTest {
    private SocketDiagnostics sockets;

    @BeforeEach
    void open() throws Exception {
        sockets = SocketDiagnostics.open();
    }

    @AfterEach
    void close() {
        sockets.close();
    }

    private static InetEndpoint endpoint(Object address) {
        var socket = (InetSocketAddress) address;
        return new InetEndpoint(socket.getAddress(), socket.getPort());
    }

    private static ProtocolFamily family(String address) {
        return address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aConnectionLeadsToItsClientsSocketAndNotToTheServers(String address) throws Exception {
        try (var server = new ServerSocket(0, 5, InetAddress.ofLiteral(address));
                var client = SocketChannel.open(family(address))) {
            client.connect(server.getLocalSocketAddress());
            var found = sockets.tcp(endpoint(client.getLocalAddress()), endpoint(client.getRemoteAddress()));
            assertThat(found).get().satisfies(socket -> {
                assertThat(socket.local()).isEqualTo(client.getLocalAddress());
                assertThat(socket.remote()).isEqualTo(client.getRemoteAddress());
                assertThat(socket.state()).isEqualTo(1);
                assertThat(socket.user()).isEqualTo(uid());
                assertThat(socket.inode()).isPositive();
            });
        }
    }

    @Test
    void anIpv6SocketThatSpeaksIpv4IsFoundByItsIpv4Addresses() throws Exception {
        try (var server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
                // The JDK opens one for both families where none is named.
                var client = SocketChannel.open();
                var datagrams = DatagramChannel.open()) {
            client.connect(server.getLocalSocketAddress());
            assertThat(sockets.tcp(endpoint(client.getLocalAddress()), endpoint(client.getRemoteAddress())))
                    .get()
                    .satisfies(socket -> assertThat(socket.inode()).isPositive());
            datagrams.bind(new InetSocketAddress(InetAddress.ofLiteral("::"), 0));
            var local = new InetEndpoint(
                    InetAddress.ofLiteral("127.0.0.1"), datagrams.socket().getLocalPort());
            assertThat(sockets.udp(local, new InetEndpoint(InetAddress.ofLiteral("192.0.2.1"), 53)))
                    .get()
                    .satisfies(socket -> assertThat(socket.local().getPort()).isEqualTo(local.port()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aDatagramLeadsToItsSenderConnectedOrNot(String address) throws Exception {
        try (var server = DatagramChannel.open(family(address));
                var loose = DatagramChannel.open(family(address));
                var tied = DatagramChannel.open(family(address))) {
            server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            loose.send(ByteBuffer.allocate(1), server.getLocalAddress());
            tied.connect(server.getLocalAddress());
            tied.write(ByteBuffer.allocate(1));
            var first = sender(server);
            var second = sender(server);
            assertThat(first.local().getPort()).isEqualTo(loose.socket().getLocalPort());
            assertThat(first.remote().getPort()).isZero();
            assertThat(second.local()).isEqualTo(tied.getLocalAddress());
            assertThat(second.remote()).isEqualTo(server.getLocalAddress());
        }
    }

    private SocketInfo sender(DatagramChannel server) throws IOException {
        var from = server.receive(ByteBuffer.allocate(8));
        return sockets.udp(endpoint(from), endpoint(server.getLocalAddress())).orElseThrow();
    }

    @Test
    void aFlowThatIsNotThereHasNoOwner() throws Exception {
        var nobody = new InetEndpoint(InetAddress.ofLiteral("192.0.2.1"), 4711);
        var nowhere = new InetEndpoint(InetAddress.ofLiteral("198.51.100.1"), 80);
        assertThat(sockets.tcp(nobody, nowhere)).isEmpty();
        assertThat(sockets.udp(nobody, nowhere)).isEmpty();
    }

    @Test
    void anotherProcessesCgroupIsTold() throws Exception {
        try (var sandbox = CgroupSandbox.create("flowowner");
                var server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            var group = sandbox.cgroup("client");
            server.setSoTimeout(45_000);
            var process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"",
                            group.toString(),
                            CProgram.of("probe").executable().toString(),
                            "tcp",
                            "10000",
                            "1",
                            "127.0.0.1",
                            Integer.toString(server.getLocalPort()))
                    .start();
            try (var accepted = server.accept()) {
                var found = sockets.tcp(
                        endpoint(accepted.getRemoteSocketAddress()), endpoint(accepted.getLocalSocketAddress()));
                assertThat(found.orElseThrow().cgroup())
                        .isEqualTo((long) Files.getAttribute(Path.of(group.toString()), "unix:ino"));
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static int uid() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }
}
