// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** Counts packets that arrive in a namespace: what really left the machine under test, seen from the far end. */
public final class PacketCounter {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

    private final Namespace namespace;
    private final String table;

    private PacketCounter(Namespace namespace, String table) {
        this.namespace = namespace;
        this.table = table;
    }

    static PacketCounter install(Namespace namespace, String expression) throws IOException {
        var counter = new PacketCounter(namespace, "count_" + NUMBER.incrementAndGet());
        namespace
                .command("nft", "-f", "-")
                .input("""
                table inet %s {
                    counter seen { }
                    chain arriving {
                        type filter hook prerouting priority raw; policy accept;
                        %s counter name seen
                    }
                }
                """.formatted(counter.table, expression))
                .run();
        return counter;
    }

    /** How many packets have matched since it was installed. */
    public long packets() throws IOException {
        var listing =
                namespace.run("nft", "list", "counter", "inet", table, "seen").out();
        var packets = PACKETS.matcher(listing);
        if (!packets.find()) {
            throw new AssertionError("read counter seen of table inet " + table + ": no packets in\n" + listing);
        }
        return Long.parseLong(packets.group(1));
    }
}
