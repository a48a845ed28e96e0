// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.rules.Tproxy;

/**
 * Looks whether the TPROXY servers that are {@code when-down: direct} listen. The kernel tells nobody when a listener comes or
 * goes, so it looks several times a second; without such a server it does nothing. Everything on the control thread.
 */
final class ListenerWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofMillis(250);

    private final List<Tproxy> watched;
    private final ControlLoop loop;
    private final Runnable changed;
    private Set<String> down = Set.of();
    private ControlLoop.@Nullable Alarm alarm;

    private ListenerWatch(List<Tproxy> watched, ControlLoop loop, Runnable changed) {
        this.watched = watched;
        this.loop = loop;
        this.changed = changed;
    }

    /**
     * Starts watching.
     *
     * @param changed runs whenever {@link #directWhileDown()} is another one, also at once if a server is down now
     */
    static ListenerWatch start(Collection<Tproxy> servers, ControlLoop loop, Runnable changed) {
        var watched = servers.stream()
                .filter(server -> server.whenDown() == Tproxy.WhenDown.DIRECT)
                .toList();
        var watch = new ListenerWatch(watched, loop, changed);
        watch.alarm = loop.after(Duration.ZERO, watch::look);
        return watch;
    }

    /** Names of the servers whose traffic has to go direct now. */
    Set<String> directWhileDown() {
        return down;
    }

    private void look() throws IOException {
        if (!watched.isEmpty()) {
            var up = listening(watched);
            var now = new LinkedHashSet<String>();
            watched.stream()
                    .map(Tproxy::name)
                    .filter(name -> !up.contains(name))
                    .forEach(now::add);
            down = now;
            alarm = loop.after(PERIOD, this::look);
        }
        changed.run();
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
