// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small server of ours (src/main/c/answer.c), IPv4 and IPv6: over UDP it answers each datagram, over TCP it greets and then
 * ticks every 10 ms, with {@code NAME from ADDRESS PORT to ADDRESS PORT}.
 */
public final class Answer {
    private final Background process;

    private Answer(Background process) {
        this.process = process;
    }

    /** Starts it as an ordinary server. */
    public static Answer start(Namespace namespace, String name, Transport transport, int port) throws IOException {
        return start(namespace.command(program(), name, transport.label(), Integer.toString(port)), null);
    }

    /**
     * Starts it as a TPROXY server, which names original destinations.
     *
     * @param cgroup where it runs, which a policy should make direct, or null for the test's own
     */
    public static Answer transparent(
            Namespace namespace, String name, Transport transport, int port, @Nullable Path cgroup) throws IOException {
        return start(
                namespace.command(program(), name, transport.label(), Integer.toString(port), "transparent"), cgroup);
    }

    private static String program() throws IOException {
        return CProgram.of("answer").executable().toString();
    }

    private static Answer start(Command command, @Nullable Path cgroup) throws IOException {
        var process = (cgroup == null ? command : command.in(cgroup)).start();
        process.awaitOutput("ready\n", Await.SOON);
        return new Answer(process);
    }

    /** What it has told its clients, one line per datagram or connection. */
    public List<String> answers() throws IOException {
        return process.lines().stream().filter(line -> !line.equals("ready")).toList();
    }

    /** The process. */
    public Background process() {
        return process;
    }
}
