// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** The bytes of a file as text: UTF-8, printable, not too long. */
final class SourceText {
    /** Longest file, in bytes: hundreds of times what anybody writes by hand. */
    static final int LONGEST = 1 << 20;

    private static final String ENCODING = "the file must be UTF-8";

    private SourceText() {}

    /** The text; null, after a problem was noted, if these bytes are none. */
    static @Nullable String decode(byte[] bytes, Problems problems) {
        if (bytes.length > LONGEST) {
            problems.error(
                    Position.START,
                    "",
                    "the file is longer than " + LONGEST + " bytes",
                    "",
                    "is this a configuration file?");
            return null;
        }
        if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff) || looksLikeUtf16(bytes)) {
            problems.error(
                    Position.START,
                    "",
                    "this is UTF-16 or UTF-32 text",
                    ENCODING,
                    "convert it, for example with iconv -t UTF-8");
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (startsWith(bytes, 0xef, 0xbb, 0xbf)) {
            in.position(3);
        }
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(in, out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            problems.error(
                    position(text, text.length()),
                    "",
                    String.format("byte 0x%02x is not UTF-8", bytes[in.position()] & 0xff),
                    ENCODING,
                    "convert it, for example with iconv -f LATIN1 -t UTF-8");
            return null;
        }
        return isPrintable(text, problems) ? text : null;
    }

    private static boolean isPrintable(String text, Problems problems) {
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            int c = text.codePointAt(i);
            if (!StreamReader.isPrintable(c) || c == 0x7f || c == '\ufeff') {
                problems.error(
                        position(text, i),
                        "",
                        String.format("control character U+%04X", c),
                        "YAML is printable text",
                        "remove it");
                return false;
            }
        }
        return true;
    }

    private static Position position(String text, int index) {
        int line = 1;
        int start = 0;
        for (int i = 0; i < index; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                start = i + 1;
            }
        }
        return new Position(line, text.codePointCount(start, index) + 1);
    }

    /** ASCII in UTF-16 or UTF-32 without a byte order mark has a zero among its first four bytes. */
    private static boolean looksLikeUtf16(byte[] bytes) {
        return bytes.length >= 4 && (bytes[0] == 0 || bytes[1] == 0 || bytes[2] == 0 || bytes[3] == 0);
    }

    private static boolean startsWith(byte[] bytes, int... start) {
        if (bytes.length < start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if ((bytes[i] & 0xff) != start[i]) {
                return false;
            }
        }
        return true;
    }
}
