// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.FlowEnd;
import sluice.linux.NetworkNamespace;
import sluice.rules.EngineSettings;
import sluice.rules.Sniffing;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** The relay's semantics behind real TPROXY rules, to a server in another namespace. */
@KernelTest
abstract class TransparentRelaySemantics extends RelaySemantics {
    private static final String RULES = """
            nft -f - <<'RULES'
            table inet engine {
                chain output {
                    type route hook output priority mangle
                    meta mark & 0x08000000 != 0 return
                    ip daddr { 203.0.113.0/24, 198.51.100.0/24 } meta l4proto tcp meta mark set 1
                    ip6 daddr { 2001:db8:2::/48, 2001:db8:3::/48 } meta l4proto tcp meta mark set 1
                }
                chain prerouting {
                    type filter hook prerouting priority mangle
                    meta mark 1 meta nfproto ipv4 meta l4proto tcp tproxy ip to 127.0.0.1:PORT accept
                    meta mark 1 meta nfproto ipv6 meta l4proto tcp tproxy ip6 to [::1]:PORT accept
                }
            }
            RULES
            ip -4 rule add fwmark 1 lookup 100
            ip -6 rule add fwmark 1 lookup 100
            ip -4 route add local default dev lo table 100
            ip -6 route add local default dev lo table 100
            """;
    private static final String UNREACHABLE = """
            sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
            ip route add unreachable 198.51.100.99
            ip -6 route add unreachable 2001:db8:3::99
            """;

    private static final String DARK = """
            nft -f - <<'RULES'
            table inet dark {
                chain input {
                    type filter hook input priority 0
                    tcp dport 81 drop
                }
            }
            RULES
            """;

    private final InetAddress server;
    private final InetAddress unreachable;
    private @Nullable Rig rig;

    TransparentRelaySemantics(String server, String unreachable) {
        this.server = InetAddress.ofLiteral(server);
        this.unreachable = InetAddress.ofLiteral(unreachable);
    }

    @BeforeEach
    void open(Lab lab) throws Exception {
        var internet = lab.internet().namespace();
        internet.script(UNREACHABLE);
        // Longer than a second: an ICMP error that comes while connect(2) holds the socket is passed over (tcp_v6_err
        // in
        // net/ipv6/tcp_ipv6.c), and counts once SYN has been sent again.
        var settings = new EngineSettings(
                Duration.ofSeconds(3),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(60),
                0,
                0,
                true,
                Sniffing.DEFAULT,
                false);
        var made = Rig.transparent(settings, () -> within(internet.path()));
        rig = made;
        lab.here().script(RULES.replace("PORT", String.valueOf(made.port())));
    }

    private ServerSocket within(String namespace) throws Exception {
        // On a thread of its own: one that has entered a namespace is used for nothing else.
        var task = new FutureTask<>(() -> {
            NetworkNamespace.enter(namespace);
            return new ServerSocket(0, 1024, server);
        });
        Thread.ofPlatform().start(task);
        return task.get();
    }

    @Override
    Rig rig() {
        return Objects.requireNonNull(rig);
    }

    @AfterEach
    void close() throws Exception {
        rig().close();
    }

    @Test
    void theOriginalDestinationIsKnown() throws Exception {
        var rig = rig();
        rig.server(connection -> connection.getInputStream().read());
        try (var client = rig.connect()) {
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            var flow = rig.started.element();
            assertThat(flow.destination().endpoint().address()).isEqualTo(server);
            assertThat(flow.destination().endpoint().port()).isEqualTo(client.getPort());
            assertThat(flow.client().port()).isEqualTo(client.getLocalPort());
            assertThat(flow.client().address()).isEqualTo(client.getLocalAddress());
        }
    }

    @Test
    void anUnreachableServerIsAReset() {
        rig().to(unreachable, 80);
        assertThatThrownBy(() -> rig().connect().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(rig().end()).isEqualTo(FlowEnd.UNREACHABLE);
    }

    @Test
    void aServerThatNeverAnswersIsAResetWhenTheTimeIsUp(Lab lab) throws Exception {
        lab.internet().namespace().script(DARK);
        rig().to(server, 81);
        assertThatThrownBy(() -> rig().connect().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(rig().end()).isEqualTo(FlowEnd.CONNECT_TIMEOUT);
    }
}
