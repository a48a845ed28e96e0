// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which configuration file a command means.
 *
 * @param path the file; null where none of the default ones exists: everything goes direct then
 * @param note what the user should know about the choice; empty where it is obvious
 */
public record ConfigurationFile(@Nullable Path path, String note) {
    private static final Path DIRECTORY = Path.of("/etc/sluice");
    private static final Path CGTPROXY = Path.of("/etc/cgtproxy/config.yaml");

    /** The file that was named, or the default one. */
    static ConfigurationFile choose(@Nullable Path named) {
        return choose(named, System.getenv("CONFIGURATION_DIRECTORY"), DIRECTORY, CGTPROXY);
    }

    static ConfigurationFile choose(
            @Nullable Path named, @Nullable String unitDirectory, Path directory, Path cgtproxy) {
        if (named != null) {
            return new ConfigurationFile(named, "");
        }
        // systemd separates several directories by colons (systemd.exec(5)); ours has one.
        var own = unitDirectory == null || unitDirectory.isEmpty()
                ? directory
                : Path.of(unitDirectory.split(":", 2)[0]);
        for (var candidate : new Path[] {own.resolve("config.yaml"), directory.resolve("config.yaml")}) {
            if (Files.exists(candidate)) {
                return new ConfigurationFile(candidate, "");
            }
        }
        if (Files.exists(cgtproxy)) {
            return new ConfigurationFile(
                    cgtproxy, "using cgtproxy's " + cgtproxy + ", because there is no " + own.resolve("config.yaml"));
        }
        return new ConfigurationFile(null, "there is no " + own.resolve("config.yaml") + ": everything goes direct");
    }
}
