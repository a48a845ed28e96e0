// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which value of the conntrack mark's masked part stands for which verdict, so that a flow keeps the verdict of its
 * first packet.
 *
 * <p>One bit of the part, the lowest, says that conntrack has the flow the wrong way round; the other bits hold the verdict.
 *
 * <p>Conntrack entries outlive a reload, and a restart too. So a redirection keeps its value while it exists, and a new
 * one starts at a value that depends on its name alone: the same configuration gives the same values after a restart.
 *
 * @param mask the part of the conntrack mark that is ours; contiguous bits, at least 3
 * @param redirected verdict, in place, of a flow that was redirected, by redirection name
 * @param hijacked verdict, in place, of a DNS flow that was turned to another server, by redirection name
 */
public record FlowMarks(int mask, Map<String, Integer> redirected, Map<String, Integer> hijacked) {

    public FlowMarks {
        redirected = Map.copyOf(redirected);
        hijacked = Map.copyOf(hijacked);
    }

    /** No redirection yet. */
    public static FlowMarks none(int mask) {
        return new FlowMarks(mask, Map.of(), Map.of());
    }

    /** The bit that says: conntrack took an answer for the first packet of this flow. */
    public int reversed() {
        return Integer.lowestOneBit(mask);
    }

    /** The bits that hold the verdict. */
    public int verdicts() {
        return mask & ~reversed();
    }

    /** The verdict, in place, of a direct flow. */
    public int direct() {
        return verdicts();
    }

    /** How many verdicts there are beside "not decided" (0) and {@link #direct()}. */
    public static int capacity(int mask) {
        return (1 << (Integer.bitCount(mask) - 1)) - 2;
    }

    /**
     * Values for exactly these redirections; those known here keep theirs.
     *
     * @throws IllegalArgumentException if the mask has too few bits for them
     */
    public FlowMarks with(List<Redirection> redirections) {
        var needed = redirections.size()
                + redirections.stream().filter(r -> r.dns() != null).count();
        if (needed > capacity(mask)) {
            throw new IllegalArgumentException("give each of " + needed
                    + " redirections and DNS hijacks a value in flow-mask " + Integer.toHexString(mask)
                    + ": it has room for " + capacity(mask) + "; give flow-mask more bits");
        }
        var taken = new HashSet<Integer>();
        var kept = new LinkedHashMap<String, Integer>();
        var keptHijacks = new LinkedHashMap<String, Integer>();
        for (var redirection : redirections) {
            keep(redirected, redirection.name(), kept, taken);
            if (redirection.dns() != null) {
                keep(hijacked, redirection.name(), keptHijacks, taken);
            }
        }
        var ordered = new ArrayList<>(redirections);
        ordered.sort(Comparator.comparing(Redirection::name));
        for (var redirection : ordered) {
            kept.computeIfAbsent(redirection.name(), name -> free(name, taken));
            if (redirection.dns() != null) {
                keptHijacks.computeIfAbsent(redirection.name(), name -> free(name + "\0dns", taken));
            }
        }
        return new FlowMarks(mask, kept, keptHijacks);
    }

    private static void keep(Map<String, Integer> from, String name, Map<String, Integer> to, Set<Integer> taken) {
        var value = from.get(name);
        if (value != null) {
            to.put(name, value);
            taken.add(value);
        }
    }

    private int free(String seed, Set<Integer> taken) {
        int capacity = capacity(mask);
        int start = Math.floorMod(seed.hashCode(), capacity);
        for (int i = 0; ; i++) {
            int value = (1 + (start + i) % capacity) << Integer.numberOfTrailingZeros(verdicts());
            if (taken.add(value)) {
                return value;
            }
        }
    }
}
