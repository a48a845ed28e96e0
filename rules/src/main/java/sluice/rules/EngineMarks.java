// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Packet marks that lead to the engine, one for each target. They are chosen: from the target's name, so that a restart chooses the same ones as
 * long as nothing else is in the way, and a target that had one keeps it. Stateless; any thread.
 */
public final class EngineMarks {
    /**
     * Where the marks begin, once spread over the bits that are ours: with a mask of all bits 0x1300 to 0x13ff, which is clear of the
     * single bits that Kubernetes (0x4000, 0x8000) and Tailscale (0x40000, 0x80000) test.
     */
    private static final int BASE = 0x1300;

    private static final int WINDOW = 256;
    /** Bits from which on there is room for all of the window beside others' marks. */
    private static final int ROOMY = 13;

    private EngineMarks() {}

    /**
     * Marks for these targets.
     *
     * @param former marks that targets have already
     * @param retired marks that running flows still use for something else
     * @throws IllegalArgumentException if the mask has no room for them
     */
    public static Map<String, Integer> choose(
            Collection<String> targets,
            Configuration configuration,
            Map<String, Integer> former,
            Set<Integer> retired) {
        int usable = configuration.marks().mask() & ~configuration.marks().guard();
        var taken = taken(configuration);
        taken.addAll(retired);
        var chosen = new LinkedHashMap<String, Integer>();
        for (var target : new TreeSet<>(targets)) {
            var mark = former.get(target);
            if (mark != null && (mark & ~usable) == 0 && taken.add(mark)) {
                chosen.put(target, mark);
            }
        }
        for (var target : new TreeSet<>(targets)) {
            if (!chosen.containsKey(target)) {
                chosen.put(target, free(target, usable, taken, configuration.marks()));
            }
        }
        return chosen;
    }

    /** Those of some bits that no mark in a configuration contains. */
    public static int unusedBits(int bits, Configuration configuration) {
        int used = 0;
        for (var tproxy : configuration.tproxies().values()) {
            used |= tproxy.mark();
        }
        for (var outbound : configuration.outbounds().values()) {
            used |= outbound instanceof Outbound.Dialing dialing
                    ? dialing.dial().mark()
                    : 0;
        }
        return bits & ~used;
    }

    private static int free(String target, int usable, Set<Integer> taken, Marks marks) {
        int bits = Integer.bitCount(usable);
        boolean roomy = bits >= ROOMY;
        int base = roomy ? BASE : 0;
        int count = roomy ? WINDOW : 1 << bits;
        int start = Math.floorMod(target.hashCode(), count);
        for (int i = 0; i < (roomy ? (1 << ROOMY) - BASE : count); i++) {
            int mark = Integer.expand(base + (i < count ? (start + i) % count : i), usable);
            if (mark != 0 && taken.add(mark)) {
                return mark;
            }
        }
        throw new InvalidValueException(
                "no packet mark is left for the outbound " + Words.quoted(target),
                "every one in marks.mask " + String.format("0x%08x", marks.mask())
                        + " is a tproxy's or an outbound's already",
                "give marks.mask more bits");
    }

    /** What the policy rules would see of marks that the file gives. */
    private static Set<Integer> taken(Configuration configuration) {
        int mask = configuration.marks().mask();
        var taken = new HashSet<Integer>();
        configuration.tproxies().values().forEach(tproxy -> taken.add(tproxy.mark()));
        for (var outbound : configuration.outbounds().values()) {
            if (outbound instanceof Outbound.Dialing dialing) {
                taken.add(dialing.dial().mark() & mask);
                taken.add((dialing.dial().mark() | configuration.marks().guard()) & mask);
            }
        }
        return taken;
    }
}
