// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.List;

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998): the same key gets the same candidate, and a candidate that goes moves its own keys only.
 */
final class Rendezvous {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Rendezvous() {}

    static String pick(List<String> candidates, String key) {
        long hash = fnv1a(FNV_OFFSET, key);
        var best = candidates.getFirst();
        long most = Long.MIN_VALUE;
        for (var candidate : candidates) {
            long score = mixed(fnv1a(hash, candidate));
            if (score > most) {
                most = score;
                best = candidate;
            }
        }
        return best;
    }

    private static long fnv1a(long start, String text) {
        long hash = start;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the input moves every bit of the result. */
    private static long mixed(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
