// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.testkit.Background;
import sluice.testkit.CProgram;
import sluice.testkit.Command;

/** One TCP connection from a cgroup to the far end, both ends of it c/talk.c, which says what there is to see. */
record Talk(Machine machine, String cgroup, String address) {
    private static final AtomicInteger PORTS = new AtomicInteger(10_000);

    /**
     * What both ends saw.
     *
     * @param client lines of the client
     * @param server lines of the server; empty when nobody listened
     */
    record Seen(List<String> client, List<String> server) {}

    /** Both ends go through their steps. */
    Seen between(List<String> clientSteps, List<String> serverSteps) throws IOException {
        int port = PORTS.incrementAndGet();
        try (var server = server(port, serverSteps)) {
            var client = client(port, clientSteps).run().out().lines().toList();
            var lines = server.await(Machine.SOON).out().lines().skip(1).toList();
            return new Seen(client, lines);
        }
    }

    /** The client's end alone, on a port where nobody listens. */
    Seen toNobody(List<String> clientSteps) throws IOException {
        return new Seen(
                client(PORTS.incrementAndGet(), clientSteps).run().out().lines().toList(), List.of());
    }

    /** The server's end, which listens when this returns. */
    Background server(int port, List<String> steps) throws IOException {
        var server = machine.internet()
                .command(words(List.of("serve", Integer.toString(port)), steps))
                .start();
        return server.awaitOutput("ready\n", Machine.SOON);
    }

    /** A port that no other talk of this JVM has. */
    static int freePort() {
        return PORTS.incrementAndGet();
    }

    /** The client's end. */
    Command client(int port, List<String> steps) throws IOException {
        return machine.in(cgroup, words(List.of("connect", address, Integer.toString(port)), steps))
                .within(Duration.ofMinutes(2));
    }

    private static String[] words(List<String> start, List<String> steps) throws IOException {
        var words = new ArrayList<String>();
        words.add(CProgram.of(Talk.class, "talk").executable().toString());
        words.addAll(start);
        words.addAll(steps);
        return words.toArray(String[]::new);
    }
}
