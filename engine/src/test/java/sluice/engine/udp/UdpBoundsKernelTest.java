// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.engine.udp.UdpWorld.at;
import static sluice.engine.udp.UdpWorld.reason;
import static sluice.engine.udp.UdpWorld.receive;
import static sluice.engine.udp.UdpWorld.send;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.OTHER4;
import static sluice.testkit.Internet.SERVER4;

import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.FlowEnd;
import sluice.linux.Errno;
import sluice.linux.SystemCallException;
import sluice.testkit.Await;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What is bounded stays within its bounds, and what is refused is counted. */
@KernelTest
class UdpBoundsKernelTest {
    private UdpWorld world;
    private Lab lab;

    @BeforeEach
    void open(Lab made) throws Exception {
        lab = made;
        world = UdpWorld.open(lab);
    }

    @AfterEach
    void close() throws Exception {
        world.close();
    }

    @Test
    void strangersTakeNoRoomFromThoseTheClientSendsTo() throws Exception {
        world = world.again(new UdpLimits(3, 2, 2, 9, 1000, SOON, SOON, SOON), SOON);
        var known = world.peer(SERVER4, 4000);
        world.echo(SERVER4, 4001);
        var client = world.client(true);
        send(client, "hello", at(SERVER4, 4000));
        var mapped = receive(known).from();
        for (int port = 5000; port < 5004; port++) {
            send(world.peer(OTHER4, port), "surprise", mapped);
        }
        Await.until("one reaches the client", SOON, () -> world.count(UdpCounter.OVER_PEERS) == 3);
        assertThat(receive(client).text()).isEqualTo("surprise");
        send(client, "hello", at(SERVER4, 4001));
        assertThat(receive(client).text()).isEqualTo("hello");
    }

    @Test
    void oneApplicationIsToldOfSixtyTwoRefusalsInASecond() throws Exception {
        // Else the far end says so once a second (icmp(7)).
        lab.internet().namespace().run("sysctl", "-qw", "net.ipv4.icmp_ratemask=0");
        var client = world.client(true);
        client.connect(at(SERVER4, 4999));
        Await.until("more than are told", SOON, () -> {
            for (int i = 0; i < 50; i++) {
                try {
                    client.write(ByteBuffer.allocate(1));
                } catch (PortUnreachableException _) {
                    // Of an earlier one.
                }
            }
            return world.count(UdpCounter.REFUSALS_UNTOLD) > 0;
        });
        // Half of a hundred, and an eighth; more where a second began meanwhile.
        assertThat(world.count(UdpCounter.REFUSALS_TOLD)).isGreaterThanOrEqualTo(62);
    }

    @Test
    void quietMappingsEndAndBeginAnew() throws Exception {
        world = world.again(UdpWorld.LIMITS, Duration.ofMillis(500));
        world.echo(SERVER4, 4000);
        var client = world.client(true);
        int before = descriptors();
        send(client, "one", at(SERVER4, 4000));
        assertThat(receive(client).text()).isEqualTo("one");
        assertThat(descriptors()).isGreaterThan(before);
        Await.until("the flow ended", SOON, () -> world.ended.size() == 1);
        assertThat(world.ledger.flows()).isEmpty();
        Await.until("its sockets are closed", SOON, () -> descriptors() <= before);
        send(client, "two", at(SERVER4, 4000));
        assertThat(receive(client).text()).isEqualTo("two");
        assertThat(world.started).hasSize(2);
    }

    @Test
    void clientsAreLimited() throws Exception {
        // Half, and the eighth of those whom nobody knows, which is one at least.
        world = world.again(new UdpLimits(4, 2, 2, 2, 1000, SOON, SOON, SOON), SOON);
        world.echo(SERVER4, 4000);
        for (int i = 0; i < 5; i++) {
            var client = world.client(true);
            send(client, "hello", at(SERVER4, 4000));
            if (i < 3) {
                assertThat(receive(client).text()).isEqualTo("hello");
            }
        }
        Await.until("refused", SOON, () -> world.count(UdpCounter.OVER_MAPPINGS) == 2);
    }

    @Test
    void peersOfOneClientAreLimited() throws Exception {
        world = world.again(new UdpLimits(3, 2, 2, 2, 1000, SOON, SOON, SOON), SOON);
        world.echo(SERVER4, 4000);
        var client = world.client(true);
        for (int port = 4000; port < 4005; port++) {
            send(client, "hello", at(SERVER4, port));
        }
        assertThat(receive(client).text()).isEqualTo("hello");
        Await.until("refused", SOON, () -> world.count(UdpCounter.OVER_PEERS) == 3);
    }

    @Test
    void fewReplySocketsServeManyPorts() throws Exception {
        world = world.again(new UdpLimits(100, 100, 2, 4, 1000, SOON, SOON, SOON), SOON);
        var client = world.client(true);
        for (int port = 4000; port < 4020; port++) {
            world.echo(SERVER4, port);
        }
        int before = descriptors();
        for (int round = 0; round < 2; round++) {
            for (int port = 4000; port < 4020; port++) {
                send(client, "to " + port, at(SERVER4, port));
                var answer = receive(client);
                assertThat(answer.text()).isEqualTo("to " + port);
                assertThat(answer.from()).isEqualTo(at(SERVER4, port));
            }
        }
        assertThat(descriptors() - before).isLessThanOrEqualTo(5);
    }

    @Test
    void portsThatAnswerAtOnceDoNotCloseEachOthersSockets() throws Exception {
        world = world.again(new UdpLimits(100, 100, 2, 2, 1000, SOON, SOON, SOON), SOON);
        var client = world.client(true);
        var peers = new ArrayList<DatagramChannel>();
        var mapped = new ArrayList<InetSocketAddress>();
        for (int port = 4009; port >= 4000; port--) {
            var peer = world.peer(SERVER4, port);
            peers.add(peer);
            send(client, "hello", at(SERVER4, port));
            mapped.add(receive(peer).from());
        }
        world.atOnce(() -> {
            for (var peer : peers) {
                send(peer, "answer", mapped.getFirst());
            }
        });
        for (int i = 0; i < peers.size(); i++) {
            assertThat(receive(client).text()).isEqualTo("answer");
        }
        assertThat(world.count(UdpCounter.NO_REPLY_SOCKET)).isZero();
    }

    @Test
    void wantOfDescriptorsIsCountedAsThat() throws Exception {
        world.echo(SERVER4, 4000);
        var peer = world.peer(SERVER4, 4001);
        var client = world.client(true);
        send(client, "hello", at(SERVER4, 4000));
        assertThat(receive(client).text()).isEqualTo("hello");
        send(client, "hello", at(SERVER4, 4001));
        var mapped = receive(peer).from();
        var other = world.client(true);
        // Nothing can be loaded without a descriptor.
        var _ = SystemCallException.of("open", "nothing", Errno.EMFILE);
        try (var _ = Hoard.ofDescriptors(lab)) {
            send(other, "no socket to the outside", at(SERVER4, 4000));
            Await.until("it is counted", SOON, () -> world.count(UdpCounter.OVER_DESCRIPTORS) == 1);
            send(peer, "no socket to the client", mapped);
            Await.until("it is counted too", SOON, () -> world.count(UdpCounter.OVER_DESCRIPTORS) == 2);
        }
        assertThat(world.count(UdpCounter.REFUSED) + world.count(UdpCounter.NO_REPLY_SOCKET))
                .isZero();
        assertThat(reason(world.ended.element())).isEqualTo(FlowEnd.LIMIT);
    }

    private static int descriptors() throws Exception {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return (int) all.count();
        }
    }
}
