// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a long-lived process can do for a small footprint after its start: pages that were only needed to start stay mapped
 * until somebody else needs memory, and count as this process's. Any thread.
 */
public final class ResidentMemory {
    private static final int MADV_DONTNEED = 4;
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) (\\S{4}) \\S+ \\S+ \\d+ +(/.*)");
    private static final Pattern KILOBYTES = Pattern.compile("(Rss|Anonymous): +(\\d+) kB");
    private static final int WORTH_IT_KB = 256;

    private ResidentMemory() {}

    /** A part of the address space that holds unchanged pages of a file. */
    record Clean(long start, long end) {}

    /**
     * Unmaps the pages of files that are mapped read-only and were never written to (proc_pid_smaps(5): no Anonymous page), and gives
     * free memory of malloc(3) back. Whatever is used again comes back from the page cache at its next touch.
     */
    public static void giveBack() throws IOException {
        var frame = CallFrame.current();
        for (var part : clean(Files.readAllLines(Path.of("/proc/self/smaps")))) {
            // Should it fail, the pages merely stay.
            var _ = MemoryCalls.madvise(frame, part.start, part.end - part.start, MADV_DONTNEED);
        }
        var _ = MemoryCalls.mallocTrim(frame, 0);
    }

    /** The mappings of an smaps text that can be given back without losing anything. */
    static List<Clean> clean(List<String> smaps) {
        var found = new ArrayList<Clean>();
        Clean current = null;
        long resident = 0;
        for (var line : smaps) {
            var mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                boolean readOnlyPrivate =
                        mapping.group(3).charAt(1) == '-' && mapping.group(3).charAt(3) == 'p';
                current = readOnlyPrivate
                        ? new Clean(
                                Long.parseUnsignedLong(mapping.group(1), 16),
                                Long.parseUnsignedLong(mapping.group(2), 16))
                        : null;
                resident = 0;
                continue;
            }
            var size = KILOBYTES.matcher(line);
            if (current == null || !size.matches()) {
                if (isHeader(line)) {
                    current = null;
                }
                continue;
            }
            long kilobytes = Long.parseLong(size.group(2));
            if (size.group(1).equals("Rss")) {
                resident = kilobytes;
            } else {
                if (kilobytes == 0 && resident >= WORTH_IT_KB) {
                    found.add(current);
                }
                current = null;
            }
        }
        return found;
    }

    /** A mapping without a file. */
    private static boolean isHeader(String line) {
        int dash = line.indexOf('-');
        return dash > 0 && line.substring(0, dash).chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }
}
