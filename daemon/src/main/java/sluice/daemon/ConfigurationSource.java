// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.rules.Configuration;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;

/**
 * Where the configuration comes from, each time anew.
 *
 * @param file the file, or null where there is none: everything goes direct then
 */
record ConfigurationSource(@Nullable Path file, ConfigurationReader reader) {
    /**
     * A configuration that can be put in force.
     *
     * @param warnings what is odd in it, one line each
     * @param files other files that belong to it
     */
    record Loaded(Configuration configuration, List<String> warnings, List<Path> files) {}

    /**
     * Reads and checks it.
     *
     * @throws UnservedException if it asks for what cannot be served
     */
    Loaded load() throws IOException, InvalidConfigurationException {
        if (file == null) {
            return new Loaded(Configuration.EVERYTHING_DIRECT, List.of(), List.of());
        }
        var reading = reader.read(file);
        refuseUnserved(reading.configuration());
        var warnings = new ArrayList<String>();
        reading.warnings().forEach(warning -> warnings.add(warning.toString()));
        warnOfUnserved(reading.configuration(), warnings);
        return new Loaded(reading.configuration(), List.copyOf(warnings), reading.files());
    }

    /** What does no harm by its absence, if one knows of it. */
    private void warnOfUnserved(Configuration configuration, List<String> warnings) {
        if (configuration.api().listen().isPresent()) {
            warnings.add(file + ": warning: api.listen: this version listens on "
                    + configuration.api().socket() + " only");
        }
    }

    private void refuseUnserved(Configuration configuration) throws UnservedException {
        var mode = configuration.intercept();
        if (mode == Configuration.InterceptMode.CGROUP_BPF || mode == Configuration.InterceptMode.TC) {
            throw new UnservedException(
                    file + ": intercept: this version has the mechanism nftables only; write nftables or auto");
        }
    }
}
