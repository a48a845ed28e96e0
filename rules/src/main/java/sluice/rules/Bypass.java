// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/**
 * Destinations that are never touched.
 *
 * @param blocks addresses, as written; merge them with {@link PrefixSet}
 * @param local whether the addresses of this machine belong to it, loopback among them
 * @param lan whether the networks that this machine is connected to belong to it, see {@link Lan}
 */
public record Bypass(List<Prefix> blocks, boolean local, boolean lan) {
    /** No destination. */
    public static final Bypass NONE = new Bypass(List.of(), false, false);

    /** Keeps an unmodifiable list. */
    public Bypass {
        blocks = List.copyOf(blocks);
    }
}
