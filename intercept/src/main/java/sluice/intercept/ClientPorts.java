// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.nio.file.Path;
import sluice.linux.SysctlFile;

/**
 * The local ports that the kernel gives to sockets that ask for none, in this network namespace: net.ipv4.ip_local_port_range, for both families
 * (ip-sysctl in the kernel's documentation).
 */
record ClientPorts(int first, int last) {
    /** What the kernel starts with. */
    static final ClientPorts DEFAULT = new ClientPorts(32768, 60999);

    private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

    static ClientPorts read() throws IOException {
        var ends = SysctlFile.read(SYSCTL).split("\\s+");
        return new ClientPorts(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    }
}
