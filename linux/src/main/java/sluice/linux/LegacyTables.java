// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The chains of the packet filter before nftables (ip_tables, ip6_tables), which iptables-legacy(8) fills. Reads the network
 * namespace of the calling thread; needs CAP_NET_ADMIN.
 */
public final class LegacyTables {
    private static final int MAX_BYTES = 64 << 20;
    private static final int TABLE_NAME_BYTES = 32;
    /** IPT_SO_GET_INFO and IP6T_SO_GET_INFO of linux/netfilter_ipv4/ip_tables.h and its like. */
    private static final int GET_INFO = 64;

    private static final int GET_ENTRIES = 65;
    /** Of struct ipt_getinfo: 32 bytes of name, valid_hooks, five offsets of entries and of underflows, num_entries, size. */
    private static final int INFO_BYTES = 84;

    private static final int SIZE_AT = 80;
    /** Of struct ipt_get_entries: name and size, aligned to 8 bytes. */
    private static final int ENTRIES_AT = 40;
    /** Of struct xt_entry_target: 2 bytes of size, 29 of name, 1 of revision. */
    private static final int TARGET_NAME_AT = 2;

    private static final int TARGET_NAME_BYTES = 29;
    private static final int ERROR_NAME_AT = 32;
    private static final int ERROR_NAME_BYTES = 30;

    /** @param offsetsAt where an entry (struct ipt_entry, ip6t_entry) has the offsets of its target and of the next entry */
    private record Version(int domain, int level, Path tables, int offsetsAt) {}

    private static final List<Version> VERSIONS = List.of(
            new Version(SocketConstants.AF_INET, 0, Path.of("/proc/self/net/ip_tables_names"), 88),
            new Version(SocketConstants.AF_INET6, 41, Path.of("/proc/self/net/ip6_tables_names"), 140));

    private LegacyTables() {}

    /** Names of the chains that a user has made; those of the kernel's own are not among them. */
    public static Set<String> chains() throws IOException {
        var chains = new HashSet<String>();
        for (var version : VERSIONS) {
            if (Files.isReadable(version.tables)) {
                // Only tables that are there: the kernel would make any other that it is asked for.
                for (var table : Files.readAllLines(version.tables)) {
                    read(version, table, chains);
                }
            }
        }
        return chains;
    }

    private static void read(Version version, String table, Set<String> into) throws SystemCallException {
        try (var socket =
                NativeSocket.open(version.domain, SocketConstants.SOCK_DGRAM, 0, "socket for the table " + table)) {
            var info = named(table, INFO_BYTES);
            socket.option(version.level, GET_INFO, info);
            int size = info.getInt(SIZE_AT);
            if (size < 0 || size > MAX_BYTES) {
                throw SystemCallException.of("read the iptables table", table, Errno.EMSGSIZE);
            }
            var entries = named(table, ENTRIES_AT + size).putInt(TABLE_NAME_BYTES, size);
            socket.option(version.level, GET_ENTRIES, entries);
            collect(entries, version.offsetsAt, into);
        }
    }

    private static ByteBuffer named(String table, int bytes) {
        var buffer = DirectMemory.allocate(bytes);
        buffer.put(0, table.getBytes(US_ASCII));
        return buffer;
    }

    /** A chain begins with an entry that has the target ERROR and, behind it, the chain's name. */
    static void collect(ByteBuffer entries, int offsetsAt, Set<String> into) {
        int at = ENTRIES_AT;
        while (at + offsetsAt + 4 <= entries.capacity()) {
            int target = at + Short.toUnsignedInt(entries.getShort(at + offsetsAt));
            int length = Short.toUnsignedInt(entries.getShort(at + offsetsAt + 2));
            boolean fits = target + ERROR_NAME_AT + ERROR_NAME_BYTES <= entries.capacity();
            if (fits
                    && text(entries, target + TARGET_NAME_AT, TARGET_NAME_BYTES).equals("ERROR")) {
                into.add(text(entries, target + ERROR_NAME_AT, ERROR_NAME_BYTES));
            }
            if (length == 0) {
                return;
            }
            at += length;
        }
    }

    private static String text(ByteBuffer buffer, int at, int length) {
        var bytes = new byte[length];
        buffer.get(at, bytes);
        int end = 0;
        while (end < length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, US_ASCII);
    }
}
