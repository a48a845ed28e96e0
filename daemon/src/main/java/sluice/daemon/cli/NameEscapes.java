// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sluice.rules.Configuration;
import sluice.rules.DnsSettings;
import sluice.rules.Target;

/**
 * Ways by which applications get names from elsewhere than port 53, where Sluice answers: services of the machine that are asked over a Unix
 * socket ask in their own name, so that nobody can tell whose question it was.
 */
final class NameEscapes {
    private static final String NSSWITCH = "etc/nsswitch.conf";
    private static final String RESOLVE_SOCKET = "run/systemd/resolve/io.systemd.Resolve";
    private static final String NSCD_SOCKET = "run/nscd/socket";

    private final Path root;

    /** @param root of the file system, {@code /} but in tests */
    NameEscapes(Path root) {
        this.root = root;
    }

    /** Whether names matter: somebody is proxied, and gets answers from Sluice. */
    static boolean matter(Configuration configuration) {
        return configuration.dns().mode() != DnsSettings.Mode.OFF
                && configuration.rules().stream().anyMatch(rule -> rule.target() instanceof Target.Proxy);
    }

    /** What an operator should do about, one line each. */
    List<String> find() throws IOException {
        var found = new ArrayList<String>();
        if (Files.exists(root.resolve(RESOLVE_SOCKET)) && resolveComesFirst(hosts())) {
            found.add(
                    "names: /etc/nsswitch.conf has 'resolve' before 'dns' in its line 'hosts:', so applications ask systemd-resolved"
                            + " over the socket /" + RESOLVE_SOCKET
                            + ", past Sluice: proxied ones get the machine's answers, and their names leave by the machine's way; take"
                            + " 'resolve' and what stands in brackets behind it out of that line, and they ask 127.0.0.53, where"
                            + " Sluice answers those that are proxied");
        }
        if (Files.exists(root.resolve(NSCD_SOCKET))) {
            found.add("names: nscd runs, so applications ask it for hosts over the socket /" + NSCD_SOCKET
                    + ", past Sluice: proxied ones get the machine's answers; write 'enable-cache hosts no' into"
                    + " /etc/nscd.conf and restart it");
        }
        return found;
    }

    /** The services that are asked for hosts (nsswitch.conf(5)), without what is to be done in which case. */
    private List<String> hosts() throws IOException {
        try {
            return Files.readAllLines(root.resolve(NSSWITCH)).stream()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> line.startsWith("hosts:"))
                    .map(line -> line.substring("hosts:".length()).replaceAll("\\[[^]]*]", " "))
                    .flatMap(line -> Arrays.stream(line.strip().split("\\s+")))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static boolean resolveComesFirst(List<String> services) {
        int resolve = services.indexOf("resolve");
        int dns = services.indexOf("dns");
        return resolve >= 0 && (dns < 0 || resolve < dns);
    }
}
