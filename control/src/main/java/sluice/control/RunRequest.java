// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the connecting process to be moved to a cgroup of its own with this target.
 *
 * @param kind what to do with its traffic
 * @param name the tproxy or outbound; null for the other kinds
 */
public record RunRequest(Kind kind, @Nullable String name) {
    /** Kinds of targets. */
    public enum Kind {
        direct,
        drop,
        tproxy,
        proxy
    }

    /** How grants in the configuration call it: the kind, or the name where there is one. */
    public String grantName() {
        return name == null ? kind.name() : name;
    }

    /** As a rule has it: {@code direct}, {@code tproxy mihomo}. */
    @Override
    public String toString() {
        return name == null ? kind.name() : kind.name() + " " + name;
    }
}
