// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times with their unit. What is wrong is thrown as {@link InvalidValueException}. */
final class Times {
    static final Duration SECOND = Duration.ofSeconds(1);
    static final Duration DAY = Duration.ofDays(1);

    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h)?");

    private Times() {}

    static Duration parse(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches() || matcher.group(2) == null) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), "a time with its unit (ms, s, m, h) is expected", "such as 60s");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    /** A time within both ends. */
    static Duration between(Duration least, Duration most, String text) {
        Duration found = parse(text);
        if (found.compareTo(least) < 0 || found.compareTo(most) > 0) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), describe(least) + " to " + describe(most) + " are expected", "");
        }
        return found;
    }

    /** A time within both ends, or zero for {@code 0}, which means never. */
    static Duration neverOrBetween(Duration least, Duration most, String text) {
        Duration found = text.equals("0") ? Duration.ZERO : parse(text);
        if (!found.isZero() && (found.compareTo(least) < 0 || found.compareTo(most) > 0)) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    describe(least) + " to " + describe(most) + " are expected, or 0 for never",
                    "");
        }
        return found;
    }

    /** As somebody would write it: in hours from one day on, else in the largest unit that leaves no rest. */
    private static String describe(Duration time) {
        if (time.compareTo(DAY) >= 0) {
            return time.toHours() + "h";
        }
        if (time.toSecondsPart() == 0 && time.toMillisPart() == 0) {
            return time.toMinutes() + "m";
        }
        return time.toMillisPart() == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
    }
}
