// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** dnsmasq in a lab, as a name server that knows a few names and asks nobody. */
public final class Dnsmasq {
    private final Background process;

    private Dnsmasq(Background process) {
        this.process = process;
    }

    /**
     * Serves names, with everything below them, over UDP and TCP on the given addresses only.
     *
     * @param names  domain to its one address, IPv4 or IPv6
     * @param cgroup where it runs, or null for the test's own
     */
    public static Dnsmasq start(
            Namespace namespace, List<String> addresses, int port, Map<String, String> names, @Nullable Path cgroup)
            throws IOException {
        var words = new ArrayList<>(List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--pid-file=" + namespace.lab().directory().resolve("dnsmasq-" + addresses.getFirst() + ".pid"),
                "--bind-interfaces",
                "--except-interface=none",
                "--log-queries",
                "--log-facility=-",
                "--port=" + port));
        addresses.forEach(address -> words.add("--listen-address=" + address));
        names.forEach((domain, address) -> {
            words.add("--address=/" + domain + "/" + address);
            // Else it refuses questions for other types, and musl gives up.
            words.add("--local=/" + domain + "/");
        });
        var command = namespace.command(words.toArray(String[]::new));
        var process = (cgroup == null ? command : command.in(cgroup)).start();
        process.awaitOutput("started", Await.SOON);
        return new Dnsmasq(process);
    }

    /** The queries it has received so far, as {@code query[A] example.org from 192.0.2.2}. */
    public List<String> queries() throws IOException {
        return process.err()
                .lines()
                .filter(line -> line.contains(": query["))
                .map(line -> line.substring(line.indexOf("query[")))
                .toList();
    }

    /** The process. */
    public Background process() {
        return process;
    }
}
