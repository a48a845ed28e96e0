// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What routes and rules of DNS ask for alike. A condition that is null or empty is absent.
 *
 * @param domains names, those of files included; or null
 * @param apps desktop applications
 * @param units systemd units
 */
record Conditions(@Nullable DomainList domains, List<OwnerPattern> apps, List<OwnerPattern> units) {
    /** Whether nothing is asked for. */
    boolean isEmpty() {
        return domains == null && apps.isEmpty() && units.isEmpty();
    }

    /** Whether nothing fits: there are to be names, but none is in the files. */
    boolean fitNothing() {
        return domains != null && domains.size() == 0;
    }

    /** Whether everything fits: the only condition is a name, and one of the expressions finds a match in every one. */
    boolean fitEverything() {
        if (domains == null || !apps.isEmpty() || !units.isEmpty()) {
            return false;
        }
        for (DomainPattern pattern : domains.searched()) {
            if (pattern instanceof DomainPattern.Expression(var expression)
                    && Expressions.matchesEveryName(expression.toString())) {
                return true;
            }
        }
        return false;
    }
}
