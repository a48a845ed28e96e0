// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.rules.ConfigurationReader;

/** What a long list costs in the router: the arrays that can be reached from it, which are all but a few objects. */
class RouterMemoryTest {
    private static final int ENTRIES = 100_000;

    private static long bytes(@Nullable Object object, Set<Object> seen) throws IllegalAccessException {
        if (object == null || !seen.add(object)) {
            return 0;
        }
        var type = object.getClass();
        if (type.isArray()) {
            return bytesOfArray(object, type.componentType(), seen);
        }
        long bytes = 0;
        if (object instanceof List<?> list) {
            for (var element : list) {
                bytes += bytes(element, seen);
            }
        }
        if (type.getPackageName().startsWith("sluice.")) {
            for (var field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    bytes += bytes(field.get(object), seen);
                }
            }
        }
        return bytes;
    }

    private static long bytesOfArray(Object array, Class<?> component, Set<Object> seen) throws IllegalAccessException {
        int length = Array.getLength(array);
        if (component == long.class) {
            return 8L * length;
        }
        if (component == byte.class) {
            return length;
        }
        long bytes = 4L * length;
        if (!component.isPrimitive()) {
            for (Object element : (Object[]) array) {
                bytes += bytes(element, seen);
            }
        }
        return bytes;
    }

    private static double bytesPerEntry(String key, IntFunction<String> line) throws Exception {
        var lines = new StringBuilder();
        for (int i = 0; i < ENTRIES; i++) {
            lines.append(line.apply(i)).append('\n');
        }
        byte[] list = lines.toString().getBytes(StandardCharsets.US_ASCII);
        var text = "version: 1\nroutes: [{" + key + ": list, outbound: block}]\n";
        var router = new Router(new ConfigurationReader(_ -> OptionalInt.empty(), _ -> new ByteArrayInputStream(list))
                .read("memory", text.getBytes(StandardCharsets.UTF_8))
                .configuration()
                .routes());
        return bytes(router, Collections.newSetFromMap(new IdentityHashMap<>())) / (double) ENTRIES;
    }

    @Test
    void anEntryTakesAFewDozenBytes() throws Exception {
        assertThat(bytesPerEntry("domain-file", i -> "host-" + i + ".sub.example.org"))
                .isBetween(25.0, 36.0);
        assertThat(bytesPerEntry(
                        "cidr-file",
                        i -> (1 + (i >> 15)) + "." + ((i >> 7) & 0xff) + "." + ((i << 1) & 0xff) + ".0/24"))
                .isBetween(8.0, 9.0);
        assertThat(bytesPerEntry(
                        "cidr-file",
                        i -> "2001:db8:" + Integer.toHexString(i >> 8) + ":" + Integer.toHexString(i & 0xff) + "::/65"))
                .isBetween(32.0, 33.0);
    }
}
