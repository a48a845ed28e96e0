// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/**
 * Who may start programs with {@code sluice run} without being root.
 *
 * @param user as in the file: a name or a number
 * @param uid the user's number, unsigned 32 bits
 * @param targets what the programs may get: {@code direct}, {@code drop}, or names of tproxies and outbounds
 */
public record RunGrant(String user, int uid, List<String> targets) {
    /** Keeps an unmodifiable list of targets. */
    public RunGrant {
        targets = List.copyOf(targets);
    }
}
