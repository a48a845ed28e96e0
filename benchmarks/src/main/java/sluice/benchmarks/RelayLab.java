// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import sluice.testkit.Background;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Internet;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/**
 * Relays side by side behind one set of rules: the daemon's. Each {@link Peer} serves the applications of a cgroup of its own; the far
 * end is src/main/c/load-server.c. One thread.
 */
public final class RelayLab implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final int PORT = 5000;
    private static final int SOCKS_PORT = 1080;
    /** Connections come faster than the kernel's defaults let their ports and its memory of them go. */
    private static final String MANY_CONNECTIONS = """
            sysctl -qw net.ipv4.ip_local_port_range="1024 65535" net.ipv4.tcp_tw_reuse=1
            for state in time_wait close close_wait last_ack fin_wait; do
                sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_$state=1
            done
            """;

    /**
     * How both ends and the relays pace what they send, unless the environment says otherwise. One that sends by timers (bbr) has them
     * measure its timers: with the same relays, one run has ten times another's bytes.
     */
    private static final String CONGESTION_CONTROL =
            Objects.requireNonNullElse(System.getenv("CONGESTION_CONTROL"), "reno");

    private final Lab lab;
    private final CgroupSandbox cgroups;
    private final Path program;
    private final Map<Peer, Long> processes = new EnumMap<>(Peer.class);
    private final StartedDaemon daemon;

    private RelayLab(Lab lab, CgroupSandbox cgroups, Path program, Set<Peer> peers) throws IOException {
        this.lab = lab;
        this.cgroups = cgroups;
        this.program = program;
        lab.here().script(MANY_CONNECTIONS);
        var internet = lab.internet().namespace();
        internet.script(MANY_CONNECTIONS);
        var setting = "net.ipv4.tcp_congestion_control=" + CONGESTION_CONTROL;
        lab.here().command("sysctl", "-qw", setting).run();
        internet.command("sysctl", "-qw", setting).run();
        internet.command(c("load-server"), Integer.toString(PORT)).start().awaitOutput("ready\n", START);
        internet.command("microsocks", "-i", Internet.OTHER4, "-p", Integer.toString(SOCKS_PORT))
                .start();
        internet.awaitListener(Transport.TCP, SOCKS_PORT, START);
        for (var peer : Peer.values()) {
            cgroups.cgroup(peer.cgroup());
            if (peers.contains(peer)) {
                startProcess(peer);
            }
        }
        daemon = StartedDaemon.start(lab, this.program, lab.file("relays.yaml", configuration(peers)));
        for (var peer : EnumSet.of(Peer.SLUICE, Peer.SLUICE_SOCKS)) {
            processes.put(peer, daemon.pid());
        }
    }

    /** Starts the far end, the peers and the daemon. What it starts ends with the lab at the latest. */
    public static RelayLab open(Lab lab, CgroupSandbox cgroups, Path program, Set<Peer> peers) throws IOException {
        return new RelayLab(lab, cgroups, program, peers);
    }

    private static String c(String name) throws IOException {
        return CProgram.of(RelayLab.class, name).executable().toString();
    }

    private void startProcess(Peer peer) throws IOException {
        var words = switch (peer) {
            case HAPROXY -> haproxy(peer, "");
            case HAPROXY_AUTO -> haproxy(peer, "option splice-auto");
            case HAPROXY_SPLICE -> haproxy(peer, "option splice-request\n    option splice-response");
            case YARDSTICK -> new String[] {c("splice-relay"), Integer.toString(peer.port())};
            case DIRECT, SLUICE, SLUICE_SOCKS -> null;
        };
        if (words == null) {
            return;
        }
        var process = lab.here()
                .command(words)
                .in(cgroups.cgroup("relays/" + peer.cgroup()))
                .start();
        lab.here().awaitListener(Transport.TCP, peer.port(), START);
        processes.put(peer, process.process().pid());
    }

    private String[] haproxy(Peer peer, String option) throws IOException {
        var file = lab.file(peer.cgroup() + ".cfg", """
                global
                    nbthread 2
                    maxconn 9200
                    maxpipes 200
                defaults
                    timeout connect 10s
                    timeout client 300s
                    timeout server 300s
                listen relay
                    mode tcp
                    %2$s
                    bind 0.0.0.0:%1$d transparent
                    bind [::]:%1$d v6only transparent
                    server original *
                """.formatted(peer.port(), option));
        return new String[] {"haproxy", "-db", "-f", file.toString()};
    }

    private String configuration(Set<Peer> peers) {
        var tproxies = new StringBuilder("tproxies:\n");
        var rules = new StringBuilder(
                "rules:\n  - {match: ^/relays/, direct: true}\n  - {match: ^/direct$, direct: true}\n");
        for (var peer : peers) {
            if (peer.port() != 0) {
                tproxies.append("  %s: {mark: %d, port: %d}\n".formatted(peer.cgroup(), peer.port(), peer.port()));
                rules.append("  - {match: '^/%1$s$', tproxy: %1$s}\n".formatted(peer.cgroup()));
            }
        }
        var outbounds = "";
        if (peers.contains(Peer.SLUICE) || peers.contains(Peer.SLUICE_SOCKS)) {
            outbounds = "engine: {access-log: false}\n";
        }
        if (peers.contains(Peer.SLUICE)) {
            rules.append("  - {match: '^/%s$', proxy: direct}\n".formatted(Peer.SLUICE.cgroup()));
        }
        if (peers.contains(Peer.SLUICE_SOCKS)) {
            rules.append("  - {match: '^/%s$', proxy: socks}\n".formatted(Peer.SLUICE_SOCKS.cgroup()));
            outbounds +=
                    "outbounds:\n  socks: {type: socks5, server: '%s:%d'}\n".formatted(Internet.OTHER4, SOCKS_PORT);
        }
        return """
                version: 1
                cgroup-root: %s
                bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, "ff00::/8"]
                api: {socket: "%s"}
                """.formatted(cgroups.root(), lab.directory().resolve("control.sock"))
                + (tproxies.indexOf("mark") < 0 ? "" : tproxies)
                + outbounds
                + rules;
    }

    /** Runs a load to its end: words as load-client takes them, with the address and port left out. */
    public Load load(Peer peer, Duration limit, String kind, String... rest) throws IOException {
        return Load.of(lab.here()
                .command(words(kind, rest))
                .in(cgroups.cgroup(peer.cgroup()))
                .within(limit)
                .run()
                .out());
    }

    /** Starts a load, which goes on until it has what it wants or is closed. */
    public Background begin(Peer peer, String kind, String... rest) throws IOException {
        return lab.here()
                .command(words(kind, rest))
                .in(cgroups.cgroup(peer.cgroup()))
                .start();
    }

    private static String[] words(String kind, String... rest) throws IOException {
        var words =
                new java.util.ArrayList<>(List.of(c("load-client"), kind, Internet.SERVER4, Integer.toString(PORT)));
        words.addAll(List.of(rest));
        return words.toArray(String[]::new);
    }

    /** Forgets the flows that have ended, so that one measurement does not pay for the one before it. */
    public void settle() throws IOException {
        lab.here().command("conntrack", "-F").attempt();
    }

    /** The congestion control in force. */
    static String congestionControl() {
        return CONGESTION_CONTROL;
    }

    /** What the relay's process has used so far; nothing for {@link Peer#DIRECT}. */
    public ProcessUse use(Peer peer) throws IOException {
        var pid = processes.get(peer);
        return pid == null ? ProcessUse.NONE : ProcessUse.of(pid);
    }

    /** The daemon. */
    public StartedDaemon daemon() {
        return daemon;
    }

    @Override
    public void close() {
        daemon.close();
    }
}
