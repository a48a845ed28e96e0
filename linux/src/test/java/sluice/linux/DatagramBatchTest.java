// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.linux.SocketConstants.IPPROTO_IP;
import static sluice.linux.SocketConstants.IPPROTO_IPV6;
import static sluice.linux.SocketConstants.IPPROTO_UDP;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;

class DatagramBatchTest {
    private static final int SO_NO_CHECK = 11;

    private final List<NativeSocket> sockets = new ArrayList<>();
    private DatagramBatch batch;

    @BeforeEach
    void allocate() throws Exception {
        batch = new DatagramBatch(8);
    }

    @AfterEach
    void close() {
        sockets.forEach(NativeSocket::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void manyDatagramsArriveWithOneCallAndGoBackFromTheirSlots(String address) throws Exception {
        var client = open(address);
        var server = open(address);
        client.connect(server.localAddress());
        for (var text : List.of("one", "", "three")) {
            client.send(bytes(text));
        }
        assertThat(batch.receive(server)).isEqualTo(3);
        var sender = new RawEndpoint();
        for (int i = 0; i < 3; i++) {
            batch.source(i, sender);
            assertThat(sender.endpoint()).isEqualTo(client.localAddress());
            batch.address(i, sender);
        }
        assertThat(batch.length(1)).isZero();
        assertThat(text(0) + "," + text(1) + "," + text(2)).isEqualTo("one,,three");
        assertThat(batch.send(server, 0, 3)).isEqualTo(3);
        assertThat(batch.receive(client)).isEqualTo(3);
        assertThat(text(0) + "," + text(1) + "," + text(2)).isEqualTo("one,,three");
        assertThat(batch.receive(client)).isZero();
    }

    @Test
    void moreDatagramsThanSlotsTakeAnotherCall() throws Exception {
        var server = open("127.0.0.1");
        var client = open("127.0.0.1");
        client.connect(server.localAddress());
        for (int i = 0; i < 10; i++) {
            client.send(bytes("x".repeat(i)));
        }
        assertThat(batch.receive(server)).isEqualTo(8);
        assertThat(batch.receive(server)).isEqualTo(2);
        assertThat(batch.length(1)).isEqualTo(9);
    }

    @Test
    void theLargestDatagramIsWhole() throws Exception {
        var server = open("127.0.0.1");
        var client = open("127.0.0.1");
        client.connect(server.localAddress());
        client.send(bytes("0123456789".repeat(6551).substring(0, 65_507)));
        assertThat(batch.receive(server)).isEqualTo(1);
        assertThat(batch.length(0)).isEqualTo(65_507);
        assertThat(text(0)).endsWith("0123456").startsWith("0123456789");
    }

    @Test
    void aHeaderFitsInFrontOfAPayloadAndComesOffAgain() throws Exception {
        var server = open("127.0.0.1");
        var client = open("127.0.0.1");
        batch.put(0, bytes("payload"));
        var payload = batch.payload(0);
        payload.position(payload.position() - 3);
        payload.put(payload.position(), new byte[] {'a', 'b', 'c'});
        batch.address(0, new RawEndpoint((InetEndpoint) server.localAddress()));
        assertThat(batch.send(client, 0, 1)).isEqualTo(1);
        assertThat(batch.receive(server)).isEqualTo(1);
        assertThat(text(0)).isEqualTo("abcpayload");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aTrainStaysOneAndIsCutWhereTheReceiverWantsDatagrams(String address) throws Exception {
        var sender = open(address);
        var middle = open(address);
        var end = open(address);
        sender.option(IPPROTO_UDP, SocketConstants.UDP_SEGMENT, 1000);
        middle.option(IPPROTO_UDP, SocketConstants.UDP_GRO, 1);
        sender.connect(middle.localAddress());
        sender.send(bytes("0123456789".repeat(450)));
        assertThat(batch.receive(middle)).isEqualTo(1);
        assertThat(batch.length(0)).isEqualTo(4500);
        assertThat(batch.segment(0)).isEqualTo(1000);
        assertThat(batch.datagrams(0)).isEqualTo(5);
        batch.address(0, new RawEndpoint((InetEndpoint) end.localAddress()));
        assertThat(batch.send(middle, 0, 1)).isEqualTo(1);
        assertThat(batch.receive(end)).isEqualTo(5);
        assertThat(batch.length(3)).isEqualTo(1000);
        assertThat(batch.length(4)).isEqualTo(500);
        assertThat(batch.segment(4)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void theOriginalDestinationComesAlong(String address) throws Exception {
        var server = open(address);
        server.option(IPPROTO_IP, SocketConstants.IP_RECVORIGDSTADDR, 1);
        if (address.contains(":")) {
            server.option(IPPROTO_IPV6, SocketConstants.IPV6_RECVORIGDSTADDR, 1);
        }
        var client = open(address);
        client.connect(server.localAddress());
        client.send(bytes("x"));
        assertThat(batch.receive(server)).isEqualTo(1);
        var destination = new RawEndpoint();
        assertThat(batch.originalDestination(0, destination)).isTrue();
        assertThat(destination.endpoint()).isEqualTo(server.localAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aRefusalIsReportedForTheDestinationThatRefused(String address) throws Exception {
        var gone = open(address);
        var closed = new RawEndpoint((InetEndpoint) gone.localAddress());
        gone.close();
        var client = open(address);
        if (address.contains(":")) {
            client.option(IPPROTO_IPV6, SocketConstants.IPV6_RECVERR, 1);
        } else {
            client.option(IPPROTO_IP, SocketConstants.IP_RECVERR, 1);
        }
        batch.put(0, bytes("anybody?"));
        batch.address(0, closed);
        assertThat(batch.send(client, 0, 1)).isEqualTo(1);
        try (var poller = Poller.open()) {
            poller.register(client.descriptor(), 0, _ -> {});
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
        }
        assertThat(batch.receiveErrors(client)).isEqualTo(1);
        var refused = new RawEndpoint();
        batch.source(0, refused);
        assertThat(refused).isEqualTo(closed);
        assertThat(batch.error(0)).isEqualTo(Errno.ECONNREFUSED);
        assertThat(text(0)).isEqualTo("anybody?");
    }

    @Test
    void whatOfATrainHasLeftBeforeAnErrorIsNotSentAgain() throws Exception {
        var sender = open("127.0.0.1");
        var middle = open("127.0.0.1");
        var gone = open("127.0.0.1");
        var closed = new RawEndpoint((InetEndpoint) gone.localAddress());
        gone.close();
        sender.option(IPPROTO_UDP, SocketConstants.UDP_SEGMENT, 10);
        middle.option(IPPROTO_UDP, SocketConstants.UDP_GRO, 1);
        middle.option(IPPROTO_IP, SocketConstants.IP_RECVERR, 1);
        // So that the kernel takes no train, and each refusal is told in the place of the next datagram.
        middle.option(SocketConstants.SOL_SOCKET, SO_NO_CHECK, 1);
        sender.connect(middle.localAddress());
        sender.send(bytes("datagram-0datagram-1datagram-2d-3"));
        assertThat(batch.receive(middle)).isEqualTo(1);
        batch.address(0, closed);
        for (int left = 33; left > 0; left = Math.max(0, left - 10)) {
            assertThat(batch.length(0)).isEqualTo(left);
            assertThat(batch.send(middle, 0, 1)).isEqualTo(left > 10 ? -Errno.ECONNREFUSED : 1);
        }
        assertThat(batch.length(0)).isZero();
        assertThat(batch.receiveErrors(middle)).isEqualTo(4);
        assertThat(text(0) + "," + text(1) + "," + text(2) + "," + text(3))
                .isEqualTo("datagram-0,datagram-1,datagram-2,d-3");
    }

    @Test
    void rawEndpointsAreEqualWhenTheirAddressesAre() {
        for (var text : List.of("192.0.2.1", "2001:db8::1", "::1", "0.0.0.0")) {
            var endpoint = new InetEndpoint(InetAddress.ofLiteral(text), 65_535);
            var raw = new RawEndpoint(endpoint);
            assertThat(raw.endpoint()).isEqualTo(endpoint);
            assertThat(raw.copy()).isEqualTo(raw).hasSameHashCodeAs(raw).hasToString(endpoint.toString());
            assertThat(raw).isNotEqualTo(new RawEndpoint(endpoint.withPort(1)));
        }
    }

    private NativeSocket open(String address) throws Exception {
        var endpoint = new InetEndpoint(InetAddress.ofLiteral(address), 0);
        var socket = NativeSocket.open(endpoint.family(), SocketConstants.SOCK_DGRAM, 0, "test socket");
        sockets.add(socket);
        socket.bind(endpoint);
        return socket;
    }

    private String text(int slot) {
        return StandardCharsets.US_ASCII.decode(batch.payload(slot).duplicate()).toString();
    }

    private static ByteBuffer bytes(String text) {
        var bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
