// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration file cannot be used; says everything that is wrong with it, one line each. */
public final class InvalidConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    InvalidConfigurationException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Errors and warnings, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }
}
