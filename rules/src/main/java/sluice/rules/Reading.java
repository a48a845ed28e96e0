// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/**
 * What a configuration file says.
 *
 * @param configuration valid
 * @param warnings what may not do what was meant, in the order of the file
 */
public record Reading(Configuration configuration, List<Problem> warnings) {
    /** Keeps an unmodifiable list. */
    public Reading {
        warnings = List.copyOf(warnings);
    }
}
