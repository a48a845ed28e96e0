// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.util.List;

/**
 * What a configuration file says.
 *
 * @param configuration valid
 * @param warnings what may not do what was meant, in the order of the file
 * @param files other files whose content is part of the configuration: those of {@code domain-file} and {@code cidr-file}
 */
public record Reading(Configuration configuration, List<Problem> warnings, List<Path> files) {
    /** Keeps unmodifiable lists. */
    public Reading {
        warnings = List.copyOf(warnings);
        files = List.copyOf(files);
    }
}
