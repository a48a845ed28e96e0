// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.neighbours;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import sluice.linux.SysctlFile;

/**
 * Settings of the kernel (sysctl(8)) with which something of Sluice cannot work.
 *
 * @param proc where procfs is mounted
 */
record KernelSettings(Path proc) {
    /** Of the connection tracking table; from here on little is left. */
    private static final double NEARLY_FULL = 0.9;

    /** A line of if_inet6: address, interface index, prefix length, scope, flags, interface. */
    private static final Pattern GLOBAL = Pattern.compile("\\S+ \\S+ \\S+ 00 \\S+ +(?!lo$)\\S+");

    /** What does not work, one line each, with a remedy. */
    List<String> obstacles() throws IOException {
        var found = new ArrayList<String>();
        if (isOn("net/ipv6/conf/lo/disable_ipv6") && usesIpv6()) {
            found.add(
                    "IPv6 is switched off on lo, by which redirected traffic is led, so redirected applications have no"
                            + " IPv6: sysctl -w net.ipv6.conf.lo.disable_ipv6=0, or switch IPv6 off everywhere"
                            + " (net.ipv6.conf.all.disable_ipv6=1)");
        }
        long entries = number("net/netfilter/nf_conntrack_count");
        long max = number("net/netfilter/nf_conntrack_max");
        if (max > 0 && entries >= NEARLY_FULL * max) {
            found.add("the connection tracking table is nearly full (" + entries + " of " + max
                    + " entries), and a full one takes no new connection of anything: sysctl -w net.netfilter.nf_conntrack_max="
                    + 4 * max);
        }
        return found;
    }

    /** Whether another interface has an IPv6 address that reaches beyond its link. */
    private boolean usesIpv6() throws IOException {
        var addresses = proc.resolve("net/if_inet6");
        if (!Files.isReadable(addresses)) {
            return false;
        }
        try (var lines = Files.lines(addresses)) {
            return lines.anyMatch(line -> GLOBAL.matcher(line).matches());
        }
    }

    private boolean isOn(String name) throws IOException {
        return number(name) != 0;
    }

    /** A setting's value; 0 where this kernel does not have it. */
    private long number(String name) throws IOException {
        var file = proc.resolve("sys").resolve(name);
        if (!Files.isReadable(file)) {
            return 0;
        }
        try {
            return Long.parseLong(SysctlFile.read(file).strip());
        } catch (NumberFormatException e) {
            throw new IOException("read " + file + ": it is not a number", e);
        }
    }
}
