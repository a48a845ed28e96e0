// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** An application that asks for far more than its share (flood.py beside this class), and the server that one kind of flood needs. */
public final class Flood {
    private Flood() {}

    /**
     * A command that floods and prints {@code full} once it has asked for as many as wanted; it goes on then.
     *
     * @param kind names, sockets, datagrams, connections or readers, as flood.py explains them
     * @param address an IPv4 address
     * @param seconds how long it floods at most
     */
    public static Command command(Namespace namespace, String kind, String address, int port, int count, int seconds)
            throws IOException {
        return namespace.command(
                "python3",
                "-c",
                script("flood.py"),
                kind,
                address,
                Integer.toString(port),
                Integer.toString(count),
                Integer.toString(seconds));
    }

    /** Starts a TCP server that sends to each client, without end, as much as it takes. */
    public static Background endlessServer(Namespace namespace, String address, int port) throws IOException {
        var server = namespace
                .command("python3", "-c", script("endless-server.py"), address, Integer.toString(port))
                .start();
        server.awaitOutput("ready\n", Await.SOON);
        return server;
    }

    private static String script(String name) throws IOException {
        try (var script = Flood.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(script, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
