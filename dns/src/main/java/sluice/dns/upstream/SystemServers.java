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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
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
    private Set<String> search = Set.of();
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

    /** The domains that resolvers of this machine try behind short names (resolv.conf(5): search, domain), in lower case. */
    synchronized Set<String> search() {
        look();
        return search;
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
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                found(read(text));
                search = readSearch(text);
                changed = time;
            }
        } catch (IOException e) {
            // The machine has no servers for the moment.
            found(List.of());
            search = Set.of();
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

    /** Those of the last line that has some, as in the C library; a domain of one label, such as com, may be anybody's and does not count. */
    private static Set<String> readSearch(String text) {
        Set<String> found = Set.of();
        for (String line : text.lines().toList()) {
            String[] words = line.strip().split("\\s+");
            if (words[0].equals("search") || words[0].equals("domain")) {
                found = Arrays.stream(words)
                        .skip(1)
                        .map(word -> word.endsWith(".") ? word.substring(0, word.length() - 1) : word)
                        .filter(word -> word.indexOf('.') > 0)
                        .map(word -> word.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet());
            }
        }
        return found;
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
