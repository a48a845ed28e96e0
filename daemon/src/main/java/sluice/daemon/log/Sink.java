// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.log;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** Where lines end up. Any thread. */
interface Sink {
    /** Writes one event, {@code message} being one line. */
    void write(Level level, String logger, String message);

    /** journald's socket, or standard error. */
    static Sink forEnvironment() {
        var toJournal = leadsTo(System.getenv("JOURNAL_STREAM"), Path.of("/proc/self/fd/2"));
        var standardError = new Lines(System.err, Clock.systemUTC(), toJournal);
        if (!toJournal) {
            return standardError;
        }
        try {
            return new Journal(Path.of("/run/systemd/journal/socket"), standardError);
        } catch (IOException e) {
            standardError.write(Level.WARN, "sluice.log", e.getMessage() + "; logging to standard error");
            return standardError;
        }
    }

    /** Whether the stream is the one that systemd connected to the journal: its device and inode (systemd.exec(5)). */
    static boolean leadsTo(@Nullable String journalStream, Path stream) {
        if (journalStream == null) {
            return false;
        }
        try {
            var attributes = Files.readAttributes(stream, "unix:dev,ino");
            return journalStream.equals(attributes.get("dev") + ":" + attributes.get("ino"));
        } catch (IOException e) {
            return false;
        }
    }

    /** syslog's number for a level (syslog(3)). */
    static int priority(Level level) {
        return switch (level) {
            case ERROR -> 3;
            case WARN -> 4;
            case INFO -> 6;
            case DEBUG, TRACE -> 7;
        };
    }

    /**
     * Lines on a stream: with time and level, or with the level as sd-daemon(3) wants it.
     *
     * @param prefixed whether systemd reads the stream
     */
    record Lines(PrintStream stream, Clock clock, boolean prefixed) implements Sink {
        @Override
        public void write(Level level, String logger, String message) {
            var line = prefixed
                    ? "<" + priority(level) + ">" + message
                    : clock.instant().truncatedTo(ChronoUnit.MILLIS) + " " + level + " " + message;
            stream.println(line);
        }
    }
}
