// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Collection;
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
        return Nearest.of(text, names)
                .map(name -> "did you mean " + quoted(name) + "?")
                .orElse("");
    }
}
