// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files below /proc/sys (sysctl(8)). */
public final class SysctlFile {
    private SysctlFile() {}

    /**
     * What a setting is, without the end of the line. In one read(2): the kernel gives nothing to a second one (proc_first_pos_non_zero_ignore in
     * kernel/sysctl.c), and {@link Files#readString} takes the size, which is 0 there, for the size of its first one.
     *
     * @throws IOException if this process cannot read it, or this kernel does not have it
     */
    public static String read(Path file) throws IOException {
        return String.join("\n", Files.readAllLines(file));
    }
}
