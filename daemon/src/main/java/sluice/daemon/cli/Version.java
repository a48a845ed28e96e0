// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** Sluice's version, which the build writes beside this class. */
final class Version implements IVersionProvider {
    /** For picocli, which asks only when the version is wanted. */
    Version() {}

    /** Such as {@code 1.0.0}. */
    static String current() {
        try (var in = Objects.requireNonNull(Version.class.getResourceAsStream("version.txt"), "version.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("read the version", e);
        }
    }

    @Override
    public String[] getVersion() {
        return new String[] {"sluice " + current()};
    }
}
