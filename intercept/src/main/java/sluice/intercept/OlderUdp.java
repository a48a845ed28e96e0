// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.time.Duration;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Transaction;
import sluice.netlink.nftables.Value;
import sluice.netlink.sockdiag.SocketDiagnostics;

/** UDP sockets that were open before the table: their flows stay direct when they first show up within a while. */
final class OlderUdp {
    private static final Duration GRACE = Duration.ofSeconds(30);

    private long untilNanos;

    /** There is a table from now on, and there was none before. */
    void begin() {
        untilNanos = System.nanoTime() + GRACE.toNanos();
    }

    /** Whether the ruleset is to spare them. */
    boolean isSpared() {
        return System.nanoTime() - untilNanos < 0;
    }

    /** Puts their ports into the transaction. */
    static void addPorts(Transaction transaction) throws IOException {
        try (var diagnostics = SocketDiagnostics.open()) {
            var ports = diagnostics.udp(0).stream()
                    .map(socket -> socket.local().getPort())
                    .filter(port -> port != 0)
                    .distinct()
                    .map(port -> Element.of(Value.port(port)).withTimeout(GRACE.toMillis()))
                    .toList();
            if (!ports.isEmpty()) {
                transaction.addElements(RulesetComposer.OLDER, ports);
            }
        }
    }
}
