// SPDX-License-Identifier: Apache-2.0
package sluice.dns.policy;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.dns.upstream.ServerGroup;

/**
 * What is to be done with a query.
 *
 * @param action what
 * @param rule the entry of {@code dns.rules} that fits, -1 if none does
 * @param servers whom to ask, where somebody is asked
 * @param set the kernel's set that gets the addresses
 * @param special what the name is, where that decides
 */
public record Ruling(
        Action action,
        int rule,
        ServerGroup servers,
        Optional<String> set,
        @Nullable SpecialName special) {
    /** Instead of a rule. */
    public static final int NO_RULE = -1;

    /** What is done. */
    public enum Action {
        /** Servers are asked. */
        FORWARD,
        /** A fake IP, nothing that would show true ones, and servers for everything else. */
        FAKE,
        /** Servers are asked; then as {@link #FAKE} where the name exists, and as they say where it does not. */
        FAKE_IF_FOUND,
        /** REFUSED. */
        REFUSE,
        /** The loopback addresses. */
        LOOPBACK,
        /** There is no such name. */
        NONEXISTENT
    }

    Ruling withSet(String name) {
        return new Ruling(Action.FORWARD, rule, servers, Optional.of(name), special);
    }

    Ruling without(Action other) {
        return action == other ? as(Action.FORWARD) : this;
    }

    Ruling as(Action other) {
        return new Ruling(other, rule, servers, set, special);
    }
}
