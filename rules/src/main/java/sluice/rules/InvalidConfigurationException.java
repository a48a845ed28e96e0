// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration file cannot be used; says everything that is wrong with it, one line each. */
public final class InvalidConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;
    private final transient List<Path> files;

    InvalidConfigurationException(List<Problem> problems, List<Path> files) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
        this.files = List.copyOf(files);
    }

    /** Errors and warnings, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }

    /** Other files that the file names, whether they could be read or not. */
    public List<Path> files() {
        return files;
    }
}
