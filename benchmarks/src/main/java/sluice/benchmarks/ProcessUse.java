// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a process has used: seconds of processor time (proc(5): utime and stime, in ticks of 10 ms) and resident memory.
 *
 * @param cpuSeconds since its start
 * @param residentKib VmRSS
 */
public record ProcessUse(double cpuSeconds, long residentKib) {
    /** Of nobody. */
    public static final ProcessUse NONE = new ProcessUse(0, 0);

    private static final double TICKS = 100;
    private static final int UTIME = 11;
    private static final long PAGE_KIB = 4;

    /** Reads /proc/PID/stat. */
    public static ProcessUse of(long pid) throws IOException {
        var stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        // The name in brackets may hold anything.
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1]);
        var pages = Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ")[1];
        return new ProcessUse(ticks / TICKS, Long.parseLong(pages) * PAGE_KIB);
    }

    /** Processor seconds from an earlier reading to this one. */
    public double secondsSince(ProcessUse earlier) {
        return cpuSeconds - earlier.cpuSeconds;
    }
}
