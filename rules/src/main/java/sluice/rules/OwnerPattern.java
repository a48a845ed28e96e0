// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * Whose flows a route is for: {@code app} or {@code unit}.
 *
 * @param text as in the file
 * @param pattern what it means; covers the cgroup and everything below it
 */
public record OwnerPattern(String text, TextPattern pattern) {
    static OwnerPattern app(String id) {
        return new OwnerPattern(id, TextPattern.of(Shorthands.app(Shorthands.checkApp(id))));
    }

    static OwnerPattern unit(String name) {
        return new OwnerPattern(name, TextPattern.of(Shorthands.unit(SystemdNames.unit(name))));
    }

    /**
     * Whether a cgroup fits.
     *
     * @param cgroup its path from the cgroup2 mount
     */
    public boolean matches(String cgroup) {
        return pattern.find(cgroup);
    }
}
