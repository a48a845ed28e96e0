// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Reads configurations that stand in tests. */
final class Configurations {
    static final UserLookup USERS =
            UserLookup.passwd("root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");

    private Configurations() {}

    static Reading read(String yaml) {
        try {
            return new ConfigurationReader(USERS).read("config.yaml", yaml.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidConfigurationException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    /** Errors and warnings, one line each. */
    static List<String> problems(byte[] bytes) {
        return problems(USERS, bytes);
    }

    static List<String> problems(UserLookup users, byte[] bytes) {
        try {
            return lines(
                    new ConfigurationReader(users).read("config.yaml", bytes).warnings());
        } catch (InvalidConfigurationException e) {
            return lines(e.problems());
        }
    }

    static List<String> problems(String yaml) {
        return problems(yaml.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> lines(List<Problem> problems) {
        return problems.stream().map(Problem::toString).toList();
    }

    /** The rules over a cgroup2 file system at its usual mount point. */
    static Policy policy(String yaml) {
        return new Policy(read(yaml).configuration().rules(), Path.of("/sys/fs/cgroup"));
    }
}
