// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.util.Set;

/**
 * What a process was given by whoever started it, for the program that it becomes. The JVM itself leaves files open, and catches signals.
 *
 * @param descriptors those that were open
 * @param ignoredSignals those that were ignored, as SigIgn of proc_pid_status(5) has them: signal N is the bit N - 1
 */
public record Inheritance(Set<Integer> descriptors, long ignoredSignals) {
    /** The standard streams, and no signal ignored. */
    public static final Inheritance USUAL = new Inheritance(Set.of(0, 1, 2), 0);
}
