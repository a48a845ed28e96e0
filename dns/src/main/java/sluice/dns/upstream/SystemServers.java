// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import sluice.rules.DnsServer;

/** The servers that the machine uses (resolv.conf(5)), as they are now. Any thread. */
final class SystemServers {
    private static final Duration CURRENT = Duration.ofSeconds(5);
    private static final FileTime NEVER = FileTime.fromMillis(0);

    private final Path file;
    private List<DnsServer> servers = List.of();
    private FileTime changed = NEVER;
    private long lookedAt = System.nanoTime() - CURRENT.toNanos();

    SystemServers(Path file) {
        this.file = file;
    }

    /** The file's servers; none if it cannot be read. */
    synchronized List<DnsServer> servers() {
        long now = System.nanoTime();
        if (now - lookedAt >= CURRENT.toNanos()) {
            lookedAt = now;
            try {
                var time = Files.getLastModifiedTime(file);
                if (!time.equals(changed)) {
                    servers = read(Files.readString(file, StandardCharsets.ISO_8859_1));
                    changed = time;
                }
            } catch (IOException e) {
                // The machine has no servers for the moment.
                servers = List.of();
                changed = NEVER;
            }
        }
        return servers;
    }

    /** Leaves out what it does not understand, as the C library does. */
    static List<DnsServer> read(String text) {
        var found = new ArrayList<DnsServer>();
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (words.length >= 2 && words[0].equals("nameserver") && words[1].matches("[0-9.]+|[0-9a-fA-F:.]+")) {
                String host = words[1].indexOf(':') < 0 ? words[1] : "[" + words[1] + "]";
                found.add(new DnsServer(URI.create("udp://" + host)));
            }
        }
        return List.copyOf(found);
    }
}
