// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * File names as the kernel has them, which is bytes, as strings that lead back to the same bytes.
 *
 * <p>Names are read as UTF-8; a byte that is no part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, which no valid text
 * contains. Stateless; any thread.
 */
public final class KernelString {
    private static final char ESCAPE = 0xDC00;

    private KernelString() {}

    /** The bytes as a string; {@link #encode} returns them unchanged. */
    public static String decode(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return decodeUtf8(bytes);
            }
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static String decodeUtf8(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        var in = ByteBuffer.wrap(bytes);
        var out = CharBuffer.allocate(bytes.length);
        while (in.hasRemaining()) {
            if (decoder.decode(in, out, true).isError()) {
                out.put((char) (ESCAPE + (in.get() & 0xFF)));
            }
        }
        return out.flip().toString();
    }

    /** The bytes that {@link #decode} made this string of. */
    public static byte[] encode(String text) {
        if (!containsEscape(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); ) {
            int character = text.codePointAt(i);
            i += Character.charCount(character);
            if (isEscape(character)) {
                bytes.write(character - ESCAPE);
            } else {
                bytes.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }

    /**
     * For messages, logs and terminals: control characters and bytes that are no text are written as {@code \xNN}, so that a name
     * can forge neither a line nor an escape sequence.
     */
    public static String printable(String text) {
        if (text.chars().noneMatch(KernelString::isUnprintable)) {
            return text;
        }
        var out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isEscape(c) || (c < 0x100 && isUnprintable(c))) {
                out.append("\\x%02x".formatted(c & 0xFF));
            } else if (isUnprintable(c)) {
                out.append("\\u%04x".formatted(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    /** Whether a character neither moves a terminal's cursor nor changes the order of others: no control, no format character. */
    public static boolean isPrintable(int codePoint) {
        return !isUnprintable(codePoint);
    }

    private static boolean containsEscape(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEscape(int character) {
        return character >= ESCAPE + 0x80 && character <= ESCAPE + 0xFF;
    }

    private static boolean isUnprintable(int character) {
        if (character >= ' ' && character < 0x7F) {
            return false;
        }
        return switch (Character.getType(character)) {
            // A surrogate that chars() shows is half of a pair unless it is an escape; code points show only lone ones.
            case Character.SURROGATE -> isEscape(character);
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
