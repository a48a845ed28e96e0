// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** One logger: events become one line of text and go to the sink. Any thread. */
final class LineLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient Sink sink;
    private final transient Threshold threshold;

    LineLogger(String name, Sink sink, Threshold threshold) {
        this.name = name;
        this.sink = sink;
        this.threshold = threshold;
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String pattern,
            Object @Nullable [] arguments,
            @Nullable Throwable failure) {
        var text = new StringBuilder(String.valueOf(MessageFormatter.basicArrayFormat(pattern, arguments)));
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            text.append(": ").append(cause);
            for (var frame : cause.getStackTrace()) {
                text.append(" | at ").append(frame);
            }
        }
        sink.write(level, name, oneLine(text.toString()));
    }

    /** Names of cgroups are made by users: no control character of theirs may forge a line or move the cursor. */
    static String oneLine(String text) {
        var line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n', '\r' -> line.append(" | ");
                case '\t' -> line.append(' ');
                default -> {
                    if (Character.isISOControl(c)) {
                        line.append("\\x%02x".formatted(c));
                    } else {
                        line.appendCodePoint(c);
                    }
                }
            }
        });
        return line.toString();
    }

    @Override
    public boolean isTraceEnabled() {
        return threshold.admits(name, Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return threshold.admits(name, Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return threshold.admits(name, Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return threshold.admits(name, Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return threshold.admits(name, Level.ERROR);
    }
}
