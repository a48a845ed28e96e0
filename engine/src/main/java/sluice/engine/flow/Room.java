// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import java.io.IOException;
import java.nio.file.Path;
import sluice.linux.OpenFiles;
import sluice.linux.SysctlFile;

/**
 * What this process has, and how much of it is for flows and queries: the control plane's part is never theirs. Immutable.
 *
 * @param descriptors how many may be open (RLIMIT_NOFILE)
 * @param heap bytes that the heap may have
 * @param ports local ports of the range that the kernel chooses from, for each protocol
 */
public record Room(int descriptors, long heap, int ports) {
    /**
     * The control socket's connections, netlink, inotify, listeners, pollers and the JVM's files; and what has small bounds of its own: questions to
     * name servers, sockets for answers, pipes, health checks.
     */
    private static final int MOST_RESERVED = 2048;

    private static final int RESERVED_SHARE = 4;

    /** What the daemon has on its heap before the first flow: classes, rules, cgroups. */
    private static final long BASE_BYTES = 24L << 20;

    private static final long LEAST_BYTES = 1L << 20;
    private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int USUAL_PORTS = 60_999 - 32_768 + 1;

    /** This process's, now. */
    public static Room here() throws IOException {
        return new Room(OpenFiles.limit(), Runtime.getRuntime().maxMemory(), portsHere());
    }

    private static int portsHere() {
        try {
            return ports(SysctlFile.read(PORT_RANGE));
        } catch (IOException e) {
            // Hidden by a sandbox.
            return USUAL_PORTS;
        }
    }

    /** How many ports the range has that ip_local_port_range says: {@code 32768 60999}. */
    static int ports(String range) {
        var ends = range.strip().split("\\s+", -1);
        if (ends.length != 2 || !ends[0].matches("[0-9]{1,5}") || !ends[1].matches("[0-9]{1,5}")) {
            return USUAL_PORTS;
        }
        return Math.max(1, Integer.parseInt(ends[1]) - Integer.parseInt(ends[0]) + 1);
    }

    /** Descriptors that flows and queries may have. */
    public int freeDescriptors() {
        return descriptors - Math.min(MOST_RESERVED, descriptors / RESERVED_SHARE);
    }

    /** Kibibytes of heap that flows and queries may have; the other half is for lists, the cache, fake IPs and requests. */
    public int freeKibibytes() {
        long bytes = Math.max(LEAST_BYTES, (heap - BASE_BYTES) / 2);
        return (int) Math.min(Integer.MAX_VALUE, bytes >> 10);
    }
}
