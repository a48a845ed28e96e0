// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sluice.rules.Configuration;
import sluice.rules.ConfigurationReader;
import sluice.rules.FileSource;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.UserLookup;

/**
 * Where the configuration comes from: each time the file is chosen and read anew, and so are the machine's users. Daemon and commands read through
 * this, so that what one accepts the other does. One thread at a time.
 */
public final class ConfigurationSource {
    private static final Path USERS = Path.of("/etc/passwd");

    private final Supplier<ConfigurationFile> choice;
    private final Path users;
    private final Map<Path, FileFingerprint> seen = new HashMap<>();
    private @Nullable ConfigurationFile last;

    /** @param named the file that the command line names; null: the default one */
    public ConfigurationSource(@Nullable Path named) {
        this(() -> ConfigurationFile.choose(named), USERS);
    }

    ConfigurationSource(Supplier<ConfigurationFile> choice, Path users) {
        this.choice = choice;
        this.users = users;
    }

    /**
     * A configuration that can be put in force.
     *
     * @param file that it was read from
     * @param warnings what is odd about it, one line each
     * @param files all files that belong to it, as they were before they were read
     */
    public record Loaded(
            ConfigurationFile file,
            Configuration configuration,
            List<String> warnings,
            Map<Path, FileFingerprint> files) {}

    /**
     * Reads and checks it; without any file, everything goes direct. That is not for a file that was there and is gone: that is a mistake.
     *
     * @throws IOException if the file, or one that it names, cannot be read
     * @throws InvalidConfigurationException if it has errors
     * @throws UnservedException if it asks for what cannot be served
     */
    public Loaded load() throws IOException, InvalidConfigurationException {
        seen.clear();
        var file = choice.get();
        if (file.path() == null && last != null) {
            file = last;
        }
        var warnings = new ArrayList<String>();
        if (!file.note().isEmpty()) {
            warnings.add(file.note());
        }
        var path = file.path();
        if (path == null) {
            return new Loaded(file, Configuration.EVERYTHING_DIRECT, List.copyOf(warnings), Map.of());
        }
        seen.put(path, FileFingerprint.of(path));
        var reading = new ConfigurationReader(users(), this::list).read(path);
        refuseUnserved(path, reading.configuration());
        reading.warnings().forEach(warning -> warnings.add(warning.toString()));
        warnOfUnserved(path, reading.configuration(), warnings);
        last = file;
        return new Loaded(file, reading.configuration(), List.copyOf(warnings), seen());
    }

    private InputStream list(Path file) throws IOException {
        seen.put(file, FileFingerprint.of(file));
        return FileSource.LOCAL.open(file);
    }

    /** The files that the last {@link #load} read or wanted to read, as they were before it did. */
    Map<Path, FileFingerprint> seen() {
        return new HashMap<>(seen);
    }

    private UserLookup users() throws IOException {
        try {
            // Names and numbers are ASCII; what else is there may be in any encoding.
            return UserLookup.passwd(Files.readString(users, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return UserLookup.passwd("");
        }
    }

    /** What does no harm by its absence, if one knows of it. */
    private static void warnOfUnserved(Path file, Configuration configuration, List<String> warnings) {
        if (configuration.api().listen().isPresent()) {
            warnings.add(file + ": warning: api.listen: this version listens on "
                    + configuration.api().socket() + " only");
        }
    }

    private static void refuseUnserved(Path file, Configuration configuration) throws UnservedException {
        var mode = configuration.intercept();
        if (mode == Configuration.InterceptMode.CGROUP_BPF || mode == Configuration.InterceptMode.TC) {
            throw new UnservedException(
                    file + ": intercept: this version has the mechanism nftables only; write nftables or auto");
        }
    }
}
