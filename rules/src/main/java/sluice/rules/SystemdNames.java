// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Names as systemd writes them: see systemd.unit(5), "String escaping for inclusion in unit names". */
final class SystemdNames {
    private static final Pattern UNIT = Pattern.compile("[A-Za-z0-9:_.\\\\@*?-]{1,255}");
    private static final Pattern SUFFIX =
            Pattern.compile(".*\\.(?:service|scope|slice|socket|mount|automount|swap|path|timer|target|device)");

    private SystemdNames() {}

    /** Text with all but letters, digits, colon, underscore and dot as {@code \xHH}. */
    static String escape(String text) {
        var escaped = new StringBuilder();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xff);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            boolean other = (c >= '0' && c <= '9') || c == ':' || c == '_' || (c == '.' && i > 0);
            escaped.append(letter || other ? String.valueOf(c) : String.format("\\x%02x", (int) c));
        }
        return escaped.toString();
    }

    /** Text with each {@code \xHH} replaced by the byte it stands for. */
    static String unescape(String text) {
        var bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); ) {
            if (text.startsWith("\\x", i)
                    && i + 4 <= text.length()
                    && text.substring(i + 2, i + 4).matches("[0-9a-fA-F]{2}")) {
                bytes.write(Integer.parseInt(text.substring(i + 2, i + 4), 16));
                i += 4;
            } else {
                int c = text.codePointAt(i);
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Text as a regular expression that matches only itself. */
    static String literal(String text) {
        return text.replaceAll("[^A-Za-z0-9_/@:\\x{80}-\\x{10ffff}-]", "\\\\$0");
    }

    /** A glob's {@code *} and {@code ?} as a regular expression within one path component. */
    static String glob(String text) {
        return literal(text).replace("\\*", "[^/]*").replace("\\?", "[^/]");
    }

    private static String remedy(String text) {
        String file = text.substring(text.lastIndexOf('/') + 1);
        if (text.startsWith("/")
                && SUFFIX.matcher(file).matches()
                && UNIT.matcher(file).matches()) {
            return "write " + file;
        }
        if (text.indexOf('/') >= 0) {
            return "use match for paths";
        }
        return text.matches(".*[\\s,].*")
                ? "write an entry for each"
                : "systemd-escape prints special characters as systemd writes them";
    }

    /**
     * A unit name, possibly with {@code *} and {@code ?}; {@code .service} is added where there is no suffix, and a
     * template ({@code x@.service}) stands for all its instances.
     *
     * @throws InvalidValueException if no unit can have such a name
     */
    static String unit(String text) {
        if (!UNIT.matcher(text).matches()) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "the name of a unit is expected, * and ? stand for any characters",
                    remedy(text));
        }
        boolean complete = SUFFIX.matcher(text).matches() || text.endsWith("*");
        String unit = complete ? text : text + ".service";
        return unit.replaceFirst("@(\\.[a-z]+)$", "@*$1");
    }
}
