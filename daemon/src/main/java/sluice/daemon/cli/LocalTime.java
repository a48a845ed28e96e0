// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;

/** Times for people: to the second, and as their clocks show them. */
final class LocalTime {
    private LocalTime() {}

    /** @param iso ISO 8601 in UTC, as in JSON */
    static String of(String iso, ZoneId zone) {
        var time = LocalDateTime.ofInstant(Instant.parse(iso), zone);
        return time.toLocalDate() + " " + two(time.getHour()) + ":" + two(time.getMinute()) + ":"
                + two(time.getSecond());
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : String.valueOf(number);
    }
}
