// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import sluice.testkit.Namespace;
import sluice.testkit.Transport;

/**
 * Counts what arrives at the far end from applications themselves, by cells, and by ways. What the engine sends in an application's place has
 * another time to live.
 */
final class Leaks {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Pattern COUNTER = Pattern.compile("counter (\\S+) \\{\\s*packets (\\d+)");

    private final Namespace internet;
    private final String table = "leaks_" + NUMBER.incrementAndGet();
    private final Neighbour neighbour;
    private final List<Cell> cells;
    /** By the names of their counters. */
    private final Map<String, String> rules = new HashMap<>();

    private Leaks(Namespace internet, Neighbour neighbour, List<Cell> cells) {
        this.internet = internet;
        this.neighbour = neighbour;
        this.cells = cells;
    }

    /** Counts from now on. */
    static Leaks count(Namespace internet, Neighbour neighbour, List<Cell> cells) throws IOException {
        var leaks = new Leaks(internet, neighbour, cells);
        for (var cell : cells) {
            leaks.rules.put(
                    name(cell),
                    "%s %s %s dport %d"
                            .formatted(
                                    (cell.version() == Cell.Version.IPV4
                                            ? "ip ttl 77 ip daddr "
                                            : "ip6 hoplimit 77 ip6 daddr "),
                                    cell.address(),
                                    cell.transport().label(),
                                    cell.target().port));
        }
        for (var transport : Transport.values()) {
            leaks.rules.put(
                    name(transport),
                    "iifname != %s %s dport %d"
                            .formatted(neighbour.way(transport), transport.label(), Cell.Target.DIRECT.port));
        }
        leaks.install();
        return leaks;
    }

    private void install() throws IOException {
        var counters = new StringBuilder();
        var counting = new StringBuilder();
        rules.forEach((name, rule) -> {
            counters.append("counter ").append(name).append(" { }\n");
            counting.append(rule).append(" counter name ").append(name).append('\n');
        });
        internet.command("nft", "-f", "-")
                .input("""
                table inet %s {
                %s
                    chain arriving {
                        type filter hook prerouting priority raw; policy accept;
                        iifname "lo" return
                %s
                    }
                }
                """.formatted(table, counters, counting))
                .run();
    }

    /** What got away, and what did not go the way that the neighbour leads it. */
    List<String> found() throws IOException {
        var packets = new HashMap<String, Long>();
        var listing = COUNTER.matcher(
                internet.run("nft", "list", "counters", "table", "inet", table).out());
        while (listing.find()) {
            packets.put(listing.group(1), Long.parseLong(listing.group(2)));
        }
        if (!packets.keySet().equals(rules.keySet())) {
            throw new AssertionError("counters " + packets.keySet() + " instead of " + rules.keySet());
        }
        var found = new ArrayList<String>();
        for (var cell : cells) {
            long count = packets.getOrDefault(name(cell), 0L);
            if ((count > 0) != (cell.target() == Cell.Target.DIRECT)) {
                found.add(cell + ": " + count + " packets of the application itself arrived at the far end");
            }
        }
        for (var transport : Transport.values()) {
            long count = packets.getOrDefault(name(transport), 0L);
            if (count > 0) {
                found.add(
                        count + " packets of ordinary " + transport + " did not arrive by " + neighbour.way(transport));
            }
        }
        return found;
    }

    private static String name(Cell cell) {
        return cell.target().cgroup() + "-" + cell.version().nft() + "-"
                + cell.transport().label();
    }

    private static String name(Transport transport) {
        return "elsewhere-" + transport.label();
    }
}
