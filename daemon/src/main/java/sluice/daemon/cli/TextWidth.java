// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

/** How many columns text takes on a terminal. */
final class TextWidth {
    private static final String CUT = "…";
    /** Part of a text that is cut which stands in front: names say most there, but end in what tells them apart. */
    private static final double FRONT = 0.6;

    private TextWidth() {}

    static int of(String text) {
        return text.codePoints().map(TextWidth::of).sum();
    }

    private static int of(int character) {
        if (character < 0x300) {
            return 1;
        }
        return switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
            default -> isWide(character) ? 2 : 1;
        };
    }

    /** East Asian Wide (Unicode Standard Annex 11), by blocks. */
    private static boolean isWide(int character) {
        return (character >= 0x1100 && character <= 0x115f)
                || (character >= 0x2e80 && character <= 0xa4cf)
                || (character >= 0xac00 && character <= 0xd7a3)
                || (character >= 0xf900 && character <= 0xfaff)
                || (character >= 0xfe30 && character <= 0xfe6f)
                || (character >= 0xff00 && character <= 0xff60)
                || (character >= 0xffe0 && character <= 0xffe6)
                || (character >= 0x1f300 && character <= 0x1faff)
                || (character >= 0x20000 && character <= 0x3fffd);
    }

    /** The text where it takes at most so many columns, else its beginning and its end. */
    static String cut(String text, int columns) {
        if (of(text) <= columns) {
            return text;
        }
        int left = Math.max(0, columns - 1);
        var front = front(text, (int) Math.ceil(left * FRONT));
        return front + CUT + back(text, left - of(front));
    }

    /** The most of the text's beginning that takes at most so many columns. */
    static String front(String text, int columns) {
        int end = 0;
        int width = 0;
        while (end < text.length()) {
            int character = text.codePointAt(end);
            width += of(character);
            if (width > columns) {
                break;
            }
            end += Character.charCount(character);
        }
        return text.substring(0, end);
    }

    private static String back(String text, int columns) {
        int begin = text.length();
        int width = 0;
        while (begin > 0) {
            int character = text.codePointBefore(begin);
            width += of(character);
            if (width > columns) {
                break;
            }
            begin -= Character.charCount(character);
        }
        return text.substring(begin);
    }
}
