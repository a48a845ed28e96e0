// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a process may do beyond an ordinary user: CapEff of proc_pid_status(5).
 *
 * @param bits one per capability of linux/capability.h
 */
record EffectiveCapabilities(long bits) {
    static final int CAP_NET_ADMIN = 12;

    private static final String FIELD = "CapEff:";
    private static final int HEXADECIMAL = 16;

    static EffectiveCapabilities ofThisProcess() throws IOException {
        return parse(Files.readString(Path.of("/proc/self/status")));
    }

    static EffectiveCapabilities parse(String status) throws IOException {
        var line = status.lines()
                .filter(l -> l.startsWith(FIELD))
                .findFirst()
                .orElseThrow(() -> new IOException("read CapEff of /proc/self/status: there is no such line"));
        return new EffectiveCapabilities(
                Long.parseUnsignedLong(line.substring(FIELD.length()).strip(), HEXADECIMAL));
    }

    boolean has(int capability) {
        return (bits >>> capability & 1) == 1;
    }
}
