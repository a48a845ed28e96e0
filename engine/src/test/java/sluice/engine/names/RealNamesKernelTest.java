// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.testkit.Await.SOON;
import static sluice.testkit.Internet.MACHINE4;
import static sluice.testkit.Internet.OTHER4;
import static sluice.testkit.Internet.SERVER4;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.bounds.Bounds;
import sluice.dns.AnsweredQuery;
import sluice.dns.Dns;
import sluice.dns.DnsConfiguration;
import sluice.dns.DnsListener;
import sluice.engine.Attribution;
import sluice.engine.Engine;
import sluice.engine.EngineConfiguration;
import sluice.engine.FlowListener;
import sluice.engine.flow.Destination.Naming;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.rules.Configuration;
import sluice.rules.ConfigurationReader;
import sluice.rules.Marks;
import sluice.rules.UserLookup;
import sluice.testkit.Await;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Haproxy;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.PacketCounter;
import sluice.testkit.Transport;

/** The engine with its own DNS: real clients, a real name server and a real proxy, behind TPROXY rules. */
@KernelTest
class RealNamesKernelTest {
    private static final String NAME = "web.example.org";
    /** Hints are given to applications that are known. */
    private static final Attribution APPLICATION = Attribution.known(new Owner("/app", 0, -1, null));

    private final Queue<Flow> ended = new ConcurrentLinkedQueue<>();
    private @Nullable Engine engine;
    private @Nullable Dns dns;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
        if (dns != null) {
            dns.close();
        }
    }

    /** An engine for the target {@code office}, a SOCKS5 proxy that looks names up in a file of its own. */
    private void open(Lab lab, String mode) throws Exception {
        var internet = lab.internet().namespace();
        Haproxy.web(internet, "web", 80);
        Dnsmasq.start(internet, List.of(OTHER4), 53, Map.of("example.org", SERVER4), null);
        var hosts = lab.file("hosts", SERVER4 + " " + NAME + " other.example\n");
        internet.command(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount --bind " + hosts + " /etc/hosts && exec microsocks -i " + OTHER4 + " -p 1080")
                .start();
        internet.awaitListener(Transport.TCP, 1080, SOON);
        var configuration = configuration("""
                version: 1
                outbounds: {office: {type: socks5, server: "%1$s:1080"}}
                dns: {mode: %2$s, servers: ["udp://%1$s"]}
                routes: [{domain: straight.example.org, outbound: direct}]
                """.formatted(OTHER4, mode));
        engine = start(lab, configuration);
        lab.here().script("""
                ip rule add fwmark 1 lookup 300
                ip route add local default dev lo table 300
                nft -f - <<'RULES'
                table inet lab {
                    chain output {
                        type route hook output priority mangle
                        ct direction reply return
                        meta mark & %1$d != 0 return
                        meta l4proto { tcp, udp } th dport 53 meta mark set 1
                        ip daddr { 203.0.113.0/24, 198.51.100.0/24, 198.18.0.0/15 } meta mark set 1
                    }
                    chain prerouting {
                        type filter hook prerouting priority mangle
                        meta mark 1 meta l4proto { tcp, udp } tproxy ip to 127.0.0.1:%2$d accept
                    }
                }
                RULES
                """.formatted(Marks.DEFAULT.guard(), engine.ports().get("office")));
    }

    private static Configuration configuration(String yaml) throws Exception {
        return new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                .configuration();
    }

    private Engine start(Lab lab, Configuration configuration) throws Exception {
        var listener = new FlowListener() {
            @Override
            public void started(Flow flow) {}

            @Override
            public void ended(Flow flow) {
                ended.add(flow);
            }
        };
        var settings = new DnsConfiguration(
                configuration.dns(),
                configuration.routes(),
                lab.directory().resolve("fakes"),
                lab.directory().resolve("resolv.conf"));
        return Engine.start(
                new EngineConfiguration(
                        Set.of("office"),
                        configuration.outbounds(),
                        configuration.routes(),
                        Marks.DEFAULT,
                        configuration.engine()),
                Map.of(),
                new Engine.Surroundings(APPLICATION, listener, Optional.empty(), _ -> {}, network -> {
                    var made = Dns.start(settings, network, new Silent(), new Bounds(Bounds.Listener.NONE));
                    dns = made;
                    return made;
                }));
    }

    private static String dig(Lab lab, String... words) throws Exception {
        var command = new java.util.ArrayList<>(List.of("dig", "+short", "+tries=1", "+time=20", "@127.0.0.53"));
        command.addAll(List.of(words));
        return lab.here().run(command.toArray(String[]::new)).out().strip();
    }

    private static String fetch(Lab lab, String name, String address) throws Exception {
        return lab.here()
                .run("curl", "-sS", "--max-time", "20", "--resolve", name + ":80:" + address, "http://" + name + "/")
                .out();
    }

    private Flow ended(int count) {
        Await.until("flows ended", SOON, () -> ended.size() == count);
        return List.copyOf(ended).getLast();
    }

    @Test
    void aMadeUpAddressLeadsThroughTheProxyByName(Lab lab) throws Exception {
        open(lab, "fake-ip");
        var leaks = leaks(lab);
        var fake = dig(lab, NAME, "A");
        assertThat(fake).startsWith("198.18.");
        assertThat(dig(lab, "+tcp", NAME, "A")).isEqualTo(fake);
        assertThat(dig(lab, "-x", fake)).isEqualTo(NAME + ".");
        assertThat(fetch(lab, NAME, fake)).contains("web from " + SERVER4).contains("to " + SERVER4);
        var flow = ended(1);
        assertThat(flow.destination().naming()).isEqualTo(Naming.MADE_UP);
        assertThat(flow.destination().toString()).isEqualTo(NAME + ":80");
        assertThat(flow.path().outbounds()).containsExactly("office");
        assertThat(leaks.packets()).isZero();
    }

    @Test
    void whatARouteSendsStraightOutIsLookedUpHere(Lab lab) throws Exception {
        open(lab, "fake-ip");
        var fake = dig(lab, "straight.example.org", "A");
        assertThat(fetch(lab, "straight.example.org", fake)).contains("web from " + MACHINE4);
        var flow = ended(1);
        assertThat(flow.path().route()).isZero();
        assertThat(flow.path().outbounds()).containsExactly("direct");
    }

    @Test
    void anAddressFromAnUnknownTimeIsRefusedAndNeverSentOut(Lab lab) throws Exception {
        open(lab, "fake-ip");
        var fakes = lab.internet().namespace().count("ip daddr 198.18.0.0/15");
        // The reset may come before curl has looked whether it is connected.
        assertThatThrownBy(() -> lab.here().run("curl", "-sS", "--max-time", "20", "http://198.18.77.77/"))
                .hasMessageMatching("(?s).*(reset by peer|Failed to connect).*");
        assertThat(Objects.requireNonNull(ended(1).ended()).reason()).isEqualTo(FlowEnd.FORGOTTEN);
        assertThat(fakes.packets()).isZero();
    }

    @Test
    void trueAddressesAreHints(Lab lab) throws Exception {
        open(lab, "real");
        var leaks = leaks(lab);
        assertThat(dig(lab, NAME, "A")).isEqualTo(SERVER4);
        assertThat(lab.here()
                        .run("curl", "-sS", "--max-time", "20", "http://" + SERVER4 + "/")
                        .out())
                .contains("web from " + SERVER4);
        assertThat(ended(1).destination().toString()).isEqualTo(NAME + ":80");
        assertThat(ended(1).destination().naming()).isEqualTo(Naming.HINT);
        assertThat(fetch(lab, "other.example", SERVER4)).contains("to " + SERVER4);
        assertThat(ended(2).destination().naming()).isEqualTo(Naming.SAID);
        // One query to the server of the configuration, with the loop guard's mark.
        assertThat(leaks.packets()).isEqualTo(1);
    }

    /** Counts queries that leave this machine. */
    private static PacketCounter leaks(Lab lab) throws Exception {
        return lab.internet().namespace().count("th dport 53");
    }

    private static final class Silent implements DnsListener {
        @Override
        public void answered(AnsweredQuery query) {}

        @Override
        public void resolved(String set, String name, List<InetAddress> addresses, Duration ttl) {}

        @Override
        public void notRemembered(IOException reason) {}

        @Override
        public void remembered() {}

        @Override
        public void damaged(String what) {}

        @Override
        public void forgotten(int names) {}

        @Override
        public void serverFailed(String server, String reason) {}

        @Override
        public void serverAnswers(String server) {}
    }
}
