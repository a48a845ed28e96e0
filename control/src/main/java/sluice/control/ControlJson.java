// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import sluice.linux.KernelString;

/** Views to and from JSON. Any thread. */
public final class ControlJson {
    private static final JSON PLAIN = JSON.builder()
            .enable(JSON.Feature.WRITE_NULL_PROPERTIES)
            .enable(JSON.Feature.FAIL_ON_DUPLICATE_MAP_KEYS)
            .build();

    private static final JSON INDENTED = PLAIN.with(JSON.Feature.PRETTY_PRINT_OUTPUT);

    private ControlJson() {}

    /** One line of UTF-8. */
    static byte[] bytes(Object view) {
        return line(view).getBytes(StandardCharsets.UTF_8);
    }

    /** On one line, for pipes. */
    public static String line(Object view) {
        return text(PLAIN, view);
    }

    /** Indented, for people and pipes. */
    public static String text(Object view) {
        return text(INDENTED, view);
    }

    private static String text(JSON json, Object view) {
        try {
            return escaped(json.asString(view));
        } catch (IOException e) {
            throw new UncheckedIOException("write " + view.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /** With an escape for each character that could disturb a terminal. Outside of strings JSON has none of them. */
    private static String escaped(String json) {
        if (json.codePoints().allMatch(ControlJson::isHarmless)) {
            return json;
        }
        var escaped = new StringBuilder(json.length() + 16);
        json.codePoints().forEach(c -> {
            if (isHarmless(c)) {
                escaped.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    escaped.append(String.format("\\u%04x", (int) unit));
                }
            }
        });
        return escaped.toString();
    }

    /** Half of a surrogate pair stands for a byte that is no text: {@link KernelString}. */
    private static boolean isHarmless(int c) {
        return c == '\n'
                || (KernelString.isPrintable(c) && (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE));
    }

    /** @throws IOException when it is not JSON, or not of that form */
    static <T> T read(Class<T> type, byte[] json) throws IOException {
        return PLAIN.beanFrom(type, json);
    }
}
