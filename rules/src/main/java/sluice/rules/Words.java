// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Wording that problems share. */
final class Words {
    private static final int LONGEST_QUOTE = 64;
    private static final int LONGEST_LIST = 20;

    private Words() {}

    /** Text from a file between quotes: on one line, printable, not too long, and without the user and the password of a URL. */
    static String quoted(String text) {
        int scheme = text.indexOf("://");
        // The last @, since passwords may have one in them.
        int user = text.lastIndexOf('@');
        String open = scheme >= 0 && user > scheme ? text.substring(0, scheme + 3) + "…" + text.substring(user) : text;
        boolean cut = open.codePointCount(0, open.length()) > LONGEST_QUOTE;
        String shown = cut ? open.substring(0, open.offsetByCodePoints(0, LONGEST_QUOTE)) + "…" : open;
        return "\"" + printable(shown.replace("\"", "\\\"")) + "\"";
    }

    /** Text with an escape for each character that could disturb a terminal or a log. */
    static String printable(String text) {
        var printable = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (isPrintable(c)) {
                printable.appendCodePoint(c);
            } else {
                printable.append(String.format("\\u%04x", c));
            }
        });
        return printable.toString();
    }

    /** Whether a character can be shown on a terminal without moving its cursor or changing its state. */
    static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** {@code known are a, b, c}; or that there are none. */
    static String known(String kind, Collection<String> names) {
        if (names.isEmpty()) {
            return "there are no " + kind;
        }
        String list = names.stream().limit(LONGEST_LIST).collect(Collectors.joining(", "));
        return "known are " + list + (names.size() > LONGEST_LIST ? ", …" : "");
    }

    /** {@code did you mean "x"?} with the nearest of some names, or nothing. */
    static String didYouMean(String text, Collection<String> names) {
        return nearest(text, names)
                .map(name -> "did you mean " + quoted(name) + "?")
                .orElse("");
    }

    /** The name that differs least from a text, if the difference is a slip of the keyboard. */
    static Optional<String> nearest(String text, Collection<String> names) {
        String best = null;
        int least = (text.length() < 3 ? 0 : Math.max(1, text.length() / 3)) + 1;
        for (String name : names) {
            int distance = distance(plain(text), plain(name), least);
            if (distance < least) {
                best = name;
                least = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Edits (insert, delete, replace, swap neighbours) that turn one text into the other; {@code limit} if not fewer. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) >= limit) {
            return limit;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
