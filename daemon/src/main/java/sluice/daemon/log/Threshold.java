// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.log;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What is logged: a level and everything more severe. Libraries log warnings only, whatever is asked for Sluice itself.
 *
 * @param own for Sluice's loggers
 */
record Threshold(Level own) {
    static final String VARIABLE = "SLUICE_LOG";

    private static final String OWN_LOGGERS = "sluice.";

    /** From the environment: error, warn, info (default), debug or trace. */
    static Threshold parse(@Nullable String text) {
        if (text != null) {
            for (var level : Level.values()) {
                if (level.name().equals(text.toUpperCase(Locale.ROOT))) {
                    return new Threshold(level);
                }
            }
        }
        return new Threshold(Level.INFO);
    }

    boolean admits(String logger, Level level) {
        var least = logger.startsWith(OWN_LOGGERS) ? own : Level.WARN;
        return level.toInt() >= least.toInt();
    }
}
