// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bounds;
import sluice.dns.NameService;
import sluice.engine.Attribution;
import sluice.engine.Redirector;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.FlowLedger;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Room;
import sluice.engine.names.NameCounters;
import sluice.engine.outbound.Outbounds;
import sluice.engine.outbound.SocketTraits;
import sluice.engine.outbound.Way;
import sluice.engine.park.Parking;
import sluice.engine.route.OwnProxies;
import sluice.engine.route.Router;
import sluice.engine.route.Steering;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.NetworkNamespace;
import sluice.linux.SocketConstants;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;

/** An engine for UDP behind real TPROXY rules: whatever this namespace sends to the lab's internet goes through it. */
final class UdpWorld implements AutoCloseable {
    static final int GUARD = Marks.DEFAULT.guard();
    static final String NARROW = "198.51.100.130";
    static final SocketTraits DIRECT = new SocketTraits(GUARD, null, null);
    static final UdpLimits LIMITS = UdpLimits.within(EngineSettings.DEFAULT, new Room(20_000, 512L << 20, 28_000));

    final Lab lab;
    final Bounds bounds = new Bounds(Bounds.Listener.NONE);
    final UdpEngine engine;
    final FlowLedger ledger;
    final int port;
    final Queue<Flow> started = new ConcurrentLinkedQueue<>();
    final Queue<Flow> ended = new ConcurrentLinkedQueue<>();
    /** Whose the clients are; asked on the loop's thread. */
    volatile Attribution attribution = Attribution.NONE;

    private final Deque<Closeable> closing = new ArrayDeque<>();

    static Outbounds direct() {
        return (outbound, destination, transport) -> new Way.Plain(List.of("direct"), destination.endpoint(), DIRECT);
    }

    static UdpWorld open(Lab lab) throws Exception {
        return open(lab, direct(), LIMITS);
    }

    static UdpWorld open(Lab lab, Outbounds outbounds, UdpLimits limits) throws Exception {
        return open(lab, Router.EMPTY, outbounds, limits);
    }

    static UdpWorld open(Lab lab, Router router, Outbounds outbounds, UdpLimits limits) throws Exception {
        return open(lab, router, outbounds, limits, null);
    }

    static UdpWorld open(Lab lab, Router router, Outbounds outbounds, UdpLimits limits, @Nullable NameService names)
            throws Exception {
        lab.internet();
        var world = new UdpWorld(lab, router, outbounds, limits, Parking.start(), names);
        redirect(lab, world.port);
        return world;
    }

    /** Closes it and opens another one in the same lab. */
    UdpWorld again(UdpLimits limits, Duration idle) throws Exception {
        close();
        clear();
        return open(
                lab,
                direct(),
                new UdpLimits(
                        limits.mappings(),
                        limits.peers(),
                        limits.named(),
                        limits.replySockets(),
                        limits.waitingBytes(),
                        idle,
                        idle,
                        limits.connect()));
    }

    /** Removes its rules. */
    void clear() throws Exception {
        lab.here()
                .script("nft flush ruleset; ip rule del fwmark 1; ip -6 rule del fwmark 1; ip route flush table 300;"
                        + " ip -6 route flush table 300");
    }

    private UdpWorld(
            Lab lab, Router router, Outbounds outbounds, UdpLimits limits, Parking parking, @Nullable NameService names)
            throws Exception {
        this.lab = lab;
        ledger = new FlowLedger(
                new FlowLedger.Limits(20_000, 20_000, 0, 20_000, 1 << 20), bounds, started::add, ended::add);
        var ipv4 = listener("127.0.0.1", 0);
        port = ((InetEndpoint) NativeSocket.of(ipv4).localAddress()).port();
        var ipv6 = listener("::1", port);
        var steering = new Steering(
                router,
                outbounds,
                Set.of(port),
                EngineSettings.DEFAULT,
                names,
                new OwnProxies(Attribution.NONE, _ -> {}));
        Attribution current = (transport, client, destination) -> attribution.owner(transport, client, destination);
        engine = UdpEngine.start(new UdpEngine.Parts(
                steering, ledger, current, Redirector.TPROXY, parking, limits, bounds, GUARD, new NameCounters()));
        closing.push(parking::close);
        closing.push(ipv4::close);
        closing.push(ipv6::close);
        engine.serve("proxy", ipv4);
        engine.serve("proxy", ipv6);
    }

    private static FileDescriptor listener(String address, int port) throws IOException {
        var at = new InetEndpoint(InetAddress.ofLiteral(address), port);
        var socket = NativeSocket.open(at.family(), SocketConstants.SOCK_DGRAM, 0, "listener");
        if (at.isIpv4()) {
            socket.option(SocketConstants.IPPROTO_IP, SocketConstants.IP_TRANSPARENT, 1);
        } else {
            socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_TRANSPARENT, 1);
        }
        socket.bind(at);
        return socket.descriptor();
    }

    /** Has its rules spare other packet marks than {@link #GUARD}. */
    void guardedBy(int bits) throws Exception {
        clear();
        redirect(lab, port, bits);
    }

    private static void redirect(Lab lab, int port) throws IOException {
        redirect(lab, port, GUARD);
    }

    private static void redirect(Lab lab, int port, int guard) throws IOException {
        lab.here().script("""
                ip rule add fwmark 1 lookup 300
                ip route add local default dev lo table 300
                ip -6 rule add fwmark 1 lookup 300
                ip -6 route add local default dev lo table 300
                nft -f - <<'RULES'
                table inet lab {
                    chain output {
                        type route hook output priority mangle;
                        meta mark & %1$d != 0 meta l4proto udp socket transparent 1 fib daddr type != local reject with icmpx port-unreachable
                        meta mark & %1$d != 0 return
                        meta l4proto udp ip daddr { 203.0.113.0/24, 198.51.100.0/24, 198.18.0.0/15 } meta mark set 1
                        meta l4proto udp ip6 daddr { 2001:db8:2::/48, 2001:db8:3::/48, fd00:5315::/96 } meta mark set 1
                    }
                    chain prerouting {
                        type filter hook prerouting priority mangle;
                        meta mark 1 meta l4proto udp meta nfproto ipv4 tproxy ip to 127.0.0.1:%2$d accept
                        meta mark 1 meta l4proto udp meta nfproto ipv6 tproxy ip6 to [::1]:%2$d accept
                        meta mark 1 drop
                    }
                }
                RULES
                """.formatted(guard, port));
    }

    /** A client of this namespace, on any port. */
    DatagramChannel client(boolean ipv4) throws IOException {
        return adopt(DatagramChannel.open(ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6));
    }

    /** A socket of the internet. */
    DatagramChannel peer(String address, int peerPort) throws Exception {
        return adopt(inside(() -> {
            var ip = InetAddress.ofLiteral(address);
            var family = address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
            return DatagramChannel.open(family).bind(new InetSocketAddress(ip, peerPort));
        }));
    }

    private DatagramChannel adopt(DatagramChannel channel) throws IOException {
        channel.setOption(java.net.StandardSocketOptions.SO_RCVBUF, 4 << 20);
        channel.setOption(java.net.StandardSocketOptions.SO_SNDBUF, 1 << 20);
        closing.push(channel);
        return channel;
    }

    /** Answers each datagram with the same bytes, on a thread of its own. */
    DatagramChannel echo(String address, int peerPort) throws Exception {
        var channel = peer(address, peerPort);
        Thread.ofPlatform().daemon().start(() -> {
            var buffer = ByteBuffer.allocateDirect(1 << 16);
            try {
                while (channel.isOpen()) {
                    var from = channel.receive(buffer.clear());
                    channel.send(buffer.flip(), from);
                }
            } catch (IOException _) {
                // Closed: the test is over.
            }
        });
        return channel;
    }

    /** Keeps the loop's thread busy meanwhile: what the action sends arrives all at once. */
    void atOnce(Await.Action action) throws Exception {
        var busy = new CountDownLatch(1);
        var done = new CountDownLatch(1);
        attribution = (transport, client, destination) -> {
            busy.countDown();
            Await.ignoringFailure(done::await);
            return Owner.UNKNOWN;
        };
        send(client(true), "hold", at(Internet.SERVER4, 9));
        busy.await();
        try {
            action.run();
        } finally {
            attribution = Attribution.NONE;
            done.countDown();
        }
    }

    /** A network behind the internet in which nobody answers, and whose packets are shorter: {@link #NARROW} is there. */
    static Namespace narrow(Lab lab) throws IOException {
        var internet = lab.internet().namespace();
        var far = lab.namespace("far");
        lab.link(internet, "narrow", far, "end");
        internet.address("narrow", "198.51.100.129/25");
        internet.script("ip link set narrow mtu 1000; sysctl -qw net.ipv4.ip_forward=1");
        far.address("end", NARROW + "/25");
        far.script("""
                nft add table inet silent
                nft 'add chain inet silent input { type filter hook input priority filter; policy drop; }'
                """);
        return far;
    }

    /** Runs something on a thread that is in the internet's namespace: sockets stay there. */
    <T> T inside(Callable<T> work) throws Exception {
        var task = new FutureTask<T>(() -> {
            NetworkNamespace.enter(lab.internet().namespace().path());
            return work.call();
        });
        Thread.ofPlatform().start(task);
        return task.get();
    }

    /** The next datagram as text, and who sent it, within seconds. */
    static Received receive(DatagramChannel channel) throws IOException {
        return receive(channel, Duration.ofSeconds(5));
    }

    static Received receive(DatagramChannel channel, Duration patience) throws IOException {
        var socket = channel.socket();
        socket.setSoTimeout((int) patience.toMillis());
        var packet = new java.net.DatagramPacket(new byte[1 << 16], 1 << 16);
        socket.receive(packet);
        var bytes = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
        return new Received(ByteBuffer.wrap(bytes), (InetSocketAddress) packet.getSocketAddress());
    }

    record Received(ByteBuffer payload, InetSocketAddress from) {
        byte[] bytes() {
            var bytes = new byte[payload.remaining()];
            payload.get(payload.position(), bytes);
            return bytes;
        }

        String text() {
            return new String(bytes(), java.nio.charset.StandardCharsets.US_ASCII);
        }
    }

    static void send(DatagramChannel channel, String text, InetSocketAddress to) throws IOException {
        channel.send(ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)), to);
    }

    static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    /** Why a flow ended, which it has. */
    static FlowEnd reason(Flow flow) {
        return Objects.requireNonNull(flow.ended()).reason();
    }

    long count(UdpCounter counter) {
        return engine.counters().count(counter);
    }

    @Override
    public void close() throws IOException {
        engine.close();
        for (var resource : new ArrayList<>(closing)) {
            resource.close();
        }
    }
}
