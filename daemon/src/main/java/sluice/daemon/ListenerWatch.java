// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.linux.InetEndpoint;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.rules.Tproxy;

/**
 * Looks whether the TPROXY servers listen for which the kernel alone cannot do what they are to do when down: those that are
 * {@code when-down: direct}, and, for UDP, those that are {@code when-down: reject}. The kernel tells nobody when a listener comes or goes, so it
 * looks several times a second; without such a server it does nothing. Everything on the control thread.
 */
final class ListenerWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final List<InetAddress> LOOPBACKS =
            List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));
    /** Of nobody: discard (RFC 863). */
    private static final int SENDER = 9;

    private static final Logger LOG = LoggerFactory.getLogger(ListenerWatch.class);

    private final List<Tproxy> watched;
    private final ControlLoop loop;
    private final Runnable changed;
    private Set<String> down;
    private boolean blind;
    private ControlLoop.@Nullable Alarm alarm;

    private ListenerWatch(List<Tproxy> watched, Set<String> down, ControlLoop loop, Runnable changed) {
        this.watched = watched;
        this.down = down;
        this.loop = loop;
        this.changed = changed;
    }

    /**
     * Starts watching.
     *
     * @param down names of servers that count as down until it has looked
     * @param changed runs whenever {@link #down()} is another one, also at once if a server is down now
     */
    static ListenerWatch start(Collection<Tproxy> servers, Set<String> down, ControlLoop loop, Runnable changed) {
        var watched = servers.stream()
                .filter(server -> server.whenDown() != Tproxy.WhenDown.DROP)
                .toList();
        var stillDown =
                watched.stream().map(Tproxy::name).filter(down::contains).collect(Collectors.toUnmodifiableSet());
        var watch = new ListenerWatch(watched, stillDown, loop, changed);
        watch.alarm = loop.after(Duration.ZERO, watch::look);
        return watch;
    }

    /** Names of the servers that are down, as far as that is for us to answer. */
    Set<String> down() {
        return down;
    }

    private void look() {
        if (!watched.isEmpty()) {
            try {
                down = silent();
                blind = false;
            } catch (IOException e) {
                if (!blind) {
                    LOG.warn(
                            "look whether TPROXY servers listen: {}; until that works they count as before",
                            e.getMessage());
                }
                blind = true;
            }
            alarm = loop.after(PERIOD, this::look);
        }
        changed.run();
    }

    private Set<String> silent() throws IOException {
        var silent = new LinkedHashSet<String>();
        try (var diagnostics = SocketDiagnostics.open()) {
            for (var server : watched) {
                boolean up = server.whenDown() == Tproxy.WhenDown.DIRECT
                        ? !diagnostics.listeners(server.port()).isEmpty()
                        : takesDatagrams(diagnostics, server.port());
                if (!up) {
                    silent.add(server.name());
                }
            }
        }
        return silent;
    }

    /** Whether a datagram to that port of this machine would find a socket. */
    private static boolean takesDatagrams(SocketDiagnostics diagnostics, int port) throws IOException {
        for (var loopback : LOOPBACKS) {
            if (diagnostics
                    .udp(new InetEndpoint(loopback, port), new InetEndpoint(loopback, SENDER))
                    .isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** Names of those of the servers that have a TCP listener on their port. */
    static Set<String> listening(Collection<Tproxy> servers) throws IOException {
        var up = new LinkedHashSet<String>();
        try (var diagnostics = SocketDiagnostics.open()) {
            for (var server : servers) {
                if (!diagnostics.listeners(server.port()).isEmpty()) {
                    up.add(server.name());
                }
            }
        }
        return up;
    }

    @Override
    public void close() {
        if (alarm != null) {
            alarm.close();
        }
    }
}
