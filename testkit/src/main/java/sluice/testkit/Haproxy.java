// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** HAProxy in a lab: as a web server that says who asked whom, and as the TPROXY server that stands for mihomo and the like. */
public final class Haproxy {
    private static final Duration START = Await.SOON;

    private final Background process;

    private Haproxy(Background process) {
        this.process = process;
    }

    /** Answers every HTTP request, IPv4 and IPv6, with {@code NAME from ADDRESS PORT to ADDRESS PORT} and a line feed. */
    public static Haproxy web(Namespace namespace, String name, int port) throws IOException {
        return start(namespace, name, port, null, """
                frontend %1$s
                    mode http
                    bind 0.0.0.0:%2$d
                    bind [::]:%2$d v6only
                    http-request return status 200 content-type text/plain lf-string "%1$s from %%[src] %%[src_port] to %%[dst] %%[dst_port]\\n"
                """);
    }

    /**
     * As {@link #web}, on transparent sockets: answers in place of the original destination and names it.
     *
     * @param cgroup where it runs, or null for the test's own
     */
    public static Haproxy transparentWeb(Namespace namespace, String name, int port, @Nullable Path cgroup)
            throws IOException {
        return start(namespace, name, port, cgroup, """
                frontend %1$s
                    mode http
                    bind 0.0.0.0:%2$d transparent
                    bind [::]:%2$d v6only transparent
                    http-request return status 200 content-type text/plain lf-string "%1$s from %%[src] %%[src_port] to %%[dst] %%[dst_port]\\n"
                """);
    }

    /**
     * A TPROXY server: accepts TCP on transparent sockets and relays to the original destination.
     *
     * @param cgroup where it runs, which a policy should make direct, or null for the test's own
     */
    public static Haproxy tproxy(Namespace namespace, String name, int port, @Nullable Path cgroup) throws IOException {
        // A server of address * and no port is the address and port that the client asked for.
        return start(namespace, name, port, cgroup, """
                listen %1$s
                    mode tcp
                    bind 0.0.0.0:%2$d transparent
                    bind [::]:%2$d v6only transparent
                    log-format "arrival %%ci %%cp to %%[dst] %%[dst_port]"
                    option logasap
                    server original *
                """);
    }

    /** Lines {@code arrival ADDRESS PORT to ADDRESS PORT} of a {@link #tproxy}, one per connection that it relayed. */
    public List<String> arrivals() throws IOException {
        return process.lines().stream()
                .filter(line -> line.startsWith("arrival "))
                .toList();
    }

    /** The process. */
    public Background process() {
        return process;
    }

    private static Haproxy start(Namespace namespace, String name, int port, @Nullable Path cgroup, String section)
            throws IOException {
        var configuration = namespace
                .lab()
                .file(
                        "haproxy-" + namespace.name() + "-" + name + "-" + port + ".cfg",
                        """
                global
                    log stdout format raw local0
                    nbthread 1
                    maxconn 2000
                defaults
                    log global
                    timeout connect 5s
                    timeout client 300s
                    timeout server 300s
                """ + section.formatted(name, port));
        var command = namespace.command("haproxy", "-db", "-f", configuration.toString());
        var process = (cgroup == null ? command : command.in(cgroup)).start();
        Await.until(() -> "haproxy " + name + " listening in " + namespace, START, () -> {
            if (!process.alive()) {
                throw new AssertionError(process.out() + process.err());
            }
            return namespace
                            .run("ss", "-H", "-l", "-n", "-t", "sport = :" + port)
                            .out()
                            .lines()
                            .count()
                    >= 2;
        });
        return new Haproxy(process);
    }
}
