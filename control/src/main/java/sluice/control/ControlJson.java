// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Views to and from JSON. Any thread. */
public final class ControlJson {
    private static final JSON PLAIN = JSON.builder()
            .enable(JSON.Feature.WRITE_NULL_PROPERTIES)
            .enable(JSON.Feature.FAIL_ON_DUPLICATE_MAP_KEYS)
            .build();

    private ControlJson() {}

    /** One line of UTF-8. */
    static byte[] bytes(Object view) {
        try {
            return PLAIN.asBytes(view);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + view.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /** On one line, for pipes. */
    public static String line(Object view) {
        return new String(bytes(view), StandardCharsets.UTF_8);
    }

    /** Indented, for people and pipes. */
    public static String text(Object view) {
        try {
            return PLAIN.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(view);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + view.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /** @throws IOException when it is not JSON, or not of that form */
    static <T> T read(Class<T> type, byte[] json) throws IOException {
        return PLAIN.beanFrom(type, json);
    }
}
