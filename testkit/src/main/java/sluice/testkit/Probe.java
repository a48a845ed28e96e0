// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A client of ours (src/main/c/probe.c) that keeps one socket and prints what happens to it. */
public final class Probe {
    private Probe() {}

    /**
     * A command that sends datagrams from one unconnected socket to the destinations in turn and prints
     * {@code reply from ADDRESS PORT: TEXT} or {@code send to ADDRESS PORT: ERROR}.
     *
     * @param destinations addresses and ports in turn: {@code "192.0.2.1", "53"}
     */
    public static Command udp(Namespace namespace, int everyMillis, int count, String... destinations)
            throws IOException {
        return command(namespace, "udp", everyMillis, count, destinations);
    }

    /** As {@link #udp}, where each datagram goes to the port above the last one's: a flow of its own. */
    public static Command flows(Namespace namespace, int everyMillis, int count, String address, int firstPort)
            throws IOException {
        return command(namespace, "flows", everyMillis, count, address, Integer.toString(firstPort));
    }

    /**
     * A command that makes one connection, prints what it receives, and last {@code end: enough} after the time or
     * {@code end: REASON} (and exit status 1) when the connection did not last that long.
     */
    public static Command tcp(Namespace namespace, int millis, String address, int port) throws IOException {
        return command(namespace, "tcp", millis, 1, address, Integer.toString(port));
    }

    private static Command command(Namespace namespace, String kind, int every, int count, String... destinations)
            throws IOException {
        var words = new ArrayList<>(List.of(
                CProgram.of("probe").executable().toString(), kind, Integer.toString(every), Integer.toString(count)));
        words.addAll(List.of(destinations));
        return namespace.command(words.toArray(String[]::new));
    }
}
