// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What outlives the process: in what systemd made for StateDirectory=, else in the usual place.
 *
 * @param path of the directory, which is made when something is to be remembered
 */
record StateDirectory(Path path) {
    /**
     * The directory for this environment.
     *
     * @param variable STATE_DIRECTORY, or null
     */
    static StateDirectory of(@Nullable String variable) {
        return new StateDirectory(Path.of(variable == null ? "/var/lib/sluice" : variable.split(":", 2)[0]));
    }

    /** Where groups' choices are remembered. */
    Path choices() {
        return path.resolve("choices");
    }

    /** Where fake IPs are remembered. */
    Path fakes() {
        return path.resolve("fake-addresses");
    }
}
