// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import sluice.linux.IpText;
import sluice.rules.DnsServer;

/** The servers that the machine uses (resolv.conf(5)), as they are now. Any thread. */
final class SystemServers {
    private static final Duration CURRENT = Duration.ofSeconds(5);
    private static final FileTime NEVER = FileTime.fromMillis(0);

    private final Path file;
    private final IntSupplier ids;
    private final LongSupplier clock;
    private List<DnsServer> servers = List.of();
    private int id;
    private FileTime changed = NEVER;
    private long lookedAt;

    /**
     * Those of a file, which is not read yet.
     *
     * @param ids gives numbers that nobody else has
     * @param clock in nanoseconds, as {@link System#nanoTime}
     */
    SystemServers(Path file, IntSupplier ids, LongSupplier clock) {
        this.file = file;
        this.ids = ids;
        this.clock = clock;
        id = ids.getAsInt();
        lookedAt = clock.getAsLong() - CURRENT.toNanos();
    }

    /** The file's servers; none if it cannot be read. */
    synchronized List<DnsServer> servers() {
        look();
        return servers;
    }

    /** The number of these servers; other ones have another, as another network may know other names. */
    synchronized int id() {
        look();
        return id;
    }

    private void look() {
        long now = clock.getAsLong();
        if (now - lookedAt < CURRENT.toNanos()) {
            return;
        }
        lookedAt = now;
        try {
            var time = Files.getLastModifiedTime(file);
            if (!time.equals(changed)) {
                found(read(Files.readString(file, StandardCharsets.ISO_8859_1)));
                changed = time;
            }
        } catch (IOException e) {
            // The machine has no servers for the moment.
            found(List.of());
            changed = NEVER;
        }
    }

    private void found(List<DnsServer> now) {
        if (!now.equals(servers)) {
            servers = now;
            id = ids.getAsInt();
        }
    }

    private static List<DnsServer> read(String text) {
        var found = new ArrayList<DnsServer>();
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (words.length >= 2 && words[0].equals("nameserver")) {
                add(words[1], found);
            }
        }
        return List.copyOf(found);
    }

    /** Leaves out what is no address, and those of interfaces that are not there, as the C library does. */
    private static void add(String text, List<DnsServer> servers) {
        if (text.startsWith("[")) {
            return;
        }
        try {
            var address = InetAddress.ofLiteral(text);
            String host = address instanceof Inet6Address ipv6 ? bracketed(text, ipv6) : IpText.of(address);
            servers.add(new DnsServer(URI.create("udp://" + host)));
        } catch (IllegalArgumentException e) {
            // Not one.
        }
    }

    /** By the interface's number: a URL cannot hold every name of one. */
    private static String bracketed(String text, Inet6Address address) {
        return "[" + IpText.of(address) + (text.indexOf('%') < 0 ? "" : "%" + address.getScopeId()) + "]";
    }
}
