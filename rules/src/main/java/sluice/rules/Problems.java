// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong with one file. Confined to the thread that reads it. */
final class Problems {
    /** Nobody reads more; a file made to be bad must not fill memory with messages. */
    private static final int MOST = 500;

    private record UnknownKey(Position at, String key, String allowed, String remedy) {}

    private final String file;
    private final Set<Problem> problems = new LinkedHashSet<>();
    private final Set<UnknownKey> unknownKeys = new LinkedHashSet<>();
    private int left;
    private boolean ownKeys;
    private boolean errors;

    Problems(String file) {
        this.file = file;
    }

    void error(Position at, String key, String found, String allowed, String remedy) {
        errors = true;
        add(Problem.Severity.ERROR, file, at, key, found, allowed, remedy);
    }

    /** Notes what is wrong with another file that this one names. */
    void error(String other, Position at, String found, String allowed, String remedy) {
        errors = true;
        add(Problem.Severity.ERROR, other, at, "", found, allowed, remedy);
    }

    void warn(Position at, String key, String found, String allowed, String remedy) {
        add(Problem.Severity.WARNING, file, at, key, found, allowed, remedy);
    }

    /** Notes that the file uses a key that cgtproxy does not have: it is not meant for cgtproxy. */
    void ownKey() {
        ownKeys = true;
    }

    /** Notes a key that is not known; how bad that is depends on the rest of the file. */
    void unknownKey(Position at, String key, String name, Collection<String> known, String remedy) {
        String nearest = Words.didYouMean(name, known);
        unknownKey(at, key, Words.known("keys here", known), nearest.isEmpty() ? remedy : nearest);
    }

    /** As the other, where it is known what the key means. */
    void unknownKey(Position at, String key, String allowed, String remedy) {
        if (unknownKeys.size() < MOST) {
            unknownKeys.add(new UnknownKey(at, key, allowed, remedy));
        }
    }

    boolean hasErrors() {
        return errors;
    }

    /** Everything collected, in the order of the file. */
    List<Problem> finish() {
        for (UnknownKey unknown : unknownKeys) {
            if (isExplained(unknown)) {
                continue;
            }
            if (ownKeys) {
                error(unknown.at(), unknown.key(), "unknown key", unknown.allowed(), unknown.remedy());
            } else {
                warn(unknown.at(), unknown.key(), "unknown key, ignored", unknown.allowed(), unknown.remedy());
            }
        }
        unknownKeys.clear();
        List<Problem> sorted = new ArrayList<>(problems);
        sorted.sort(Problem.BY_PLACE);
        if (left > 0) {
            Problem last = sorted.getLast();
            sorted.add(new Problem(
                    Problem.Severity.ERROR,
                    file,
                    last.line(),
                    last.column(),
                    "",
                    "and " + left + " more problems",
                    "",
                    "mend these first"));
        }
        return sorted;
    }

    private boolean isExplained(UnknownKey unknown) {
        return problems.stream()
                .anyMatch(problem -> problem.key().equals(unknown.key())
                        && problem.line() == unknown.at().line()
                        && problem.column() == unknown.at().column());
    }

    private void add(
            Problem.Severity severity,
            String in,
            Position at,
            String key,
            String found,
            String allowed,
            String remedy) {
        if (problems.size() < MOST) {
            problems.add(new Problem(severity, in, at.line(), at.column(), key, found, allowed, remedy));
        } else {
            left++;
        }
    }
}
