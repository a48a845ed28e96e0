// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** What the calling thread may do, and giving it up. Capabilities belong to threads: other threads of the process keep theirs. */
public final class Capabilities {
    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final int PR_CAPBSET_DROP = 24;
    private static final int PR_CAP_AMBIENT = 47;
    private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private static final int VERSION_3 = 0x20080522;

    private Capabilities() {}

    /** The calling thread's effective set. */
    public static Set<Capability> effective() throws IOException {
        return set("CapEff:");
    }

    /** The calling thread's bounding set, beyond which execve gives nothing. */
    public static Set<Capability> bounding() throws IOException {
        return set("CapBnd:");
    }

    private static Set<Capability> set(String field) throws IOException {
        try (var lines = Files.lines(STATUS)) {
            var line = lines.filter(l -> l.startsWith(field))
                    .findFirst()
                    .orElseThrow(() -> new IOException("read " + field + " of " + STATUS + ": not there"));
            return decode(Long.parseUnsignedLong(line.substring(field.length()).strip(), 16));
        }
    }

    static Set<Capability> decode(long bits) {
        var set = EnumSet.noneOf(Capability.class);
        for (var capability : Capability.values()) {
            if ((bits & capability.bit()) != 0) {
                set.add(capability);
            }
        }
        return set;
    }

    /**
     * Makes these the calling thread's bounding, permitted and effective sets, and empties the inheritable and ambient ones, for good: what
     * it executes has no more, even as root.
     *
     * @throws PermissionDeniedException without CAP_SETPCAP, or when {@code kept} is more than it has
     */
    public static void restrictTo(Set<Capability> kept) throws SystemCallException {
        var frame = CallFrame.current();
        check(ProcessCalls.prctl(frame, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0), "clear", "ambient capabilities");
        long bits = 0;
        for (var capability : kept) {
            bits |= capability.bit();
        }
        for (int number = 0; number < Long.SIZE; number++) {
            if ((bits & (1L << number)) == 0) {
                int result = ProcessCalls.prctl(frame, PR_CAPBSET_DROP, number, 0);
                // EINVAL: beyond the last capability that this kernel knows.
                if (result != -Errno.EINVAL) {
                    check(result, "drop from the bounding set", "capability " + number);
                }
            }
        }
        setExactly(frame, bits);
    }

    private static void setExactly(CallFrame frame, long bits) throws SystemCallException {
        // struct __user_cap_header_struct, then two of effective, permitted, inheritable.
        int data = 8;
        frame.scratch.putInt(0, VERSION_3).putInt(4, 0);
        for (int half = 0; half < 2; half++) {
            int word = (int) (bits >>> (half * Integer.SIZE));
            int at = data + half * 12;
            frame.scratch.putInt(at, word).putInt(at + 4, word).putInt(at + 8, 0);
        }
        check(ProcessCalls.capset(frame, frame.address, frame.address + data), "set", "capabilities");
    }
}
