// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** Reads an entry of {@code domain}, or a line of a file of such entries. */
final class DomainReader {
    static final String KEYWORD = "keyword:";
    static final String EXPRESSION = "regexp:";

    /** How others write what is written without a prefix here. */
    private static final Map<String, String> FOREIGN = Map.of(
            "full:", "write the name alone",
            "domain:", "write two entries: NAME and *.NAME",
            "suffix:", "write two entries: NAME and *.NAME",
            "regex:", "write regexp:",
            "geosite:", "write the names into a file for domain-file");

    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_LABEL = 63;

    private DomainReader() {}

    /** Makes a pattern of an entry, or throws {@link InvalidValueException}. */
    static DomainPattern parse(String text) {
        if (text.startsWith(KEYWORD)) {
            return keyword(text.substring(KEYWORD.length()));
        }
        if (text.startsWith(EXPRESSION)) {
            return new DomainPattern.Expression(Expressions.compile(text.substring(EXPRESSION.length())));
        }
        boolean below = text.startsWith("*.");
        String name = below ? text.substring(2) : text;
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (!isPlain(bytes, 0, bytes.length)) {
            name = checked(text, name);
        }
        return below ? new DomainPattern.Below(name) : new DomainPattern.Exact(name);
    }

    private static DomainPattern keyword(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!lower.matches("[a-z0-9._-]{1,253}")) {
            throw new InvalidValueException(
                    "found the keyword " + Words.quoted(text),
                    "a part of a name in ASCII is expected: letters, digits, dashes and dots",
                    "");
        }
        return new DomainPattern.Keyword(lower);
    }

    private static String checked(String text, String name) {
        if (name.indexOf('*') >= 0) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "a star may only stand for everything in front of the first dot",
                    "such as *.example.net");
        }
        for (Map.Entry<String, String> foreign : FOREIGN.entrySet()) {
            if (text.startsWith(foreign.getKey())) {
                throw new InvalidValueException(
                        "found " + Words.quoted(text),
                        "known prefixes are " + KEYWORD + " and " + EXPRESSION,
                        foreign.getValue());
            }
        }
        if (name.startsWith(".") || name.startsWith("+.")) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text),
                    "a domain name is expected",
                    "write *" + name.substring(name.indexOf('.')) + " for the names below it, and once more without"
                            + " the star for the name itself");
        }
        if (name.contains("/")) {
            throw new InvalidValueException(
                    "found a URL or a path",
                    "a domain name is expected",
                    "write the name alone, such as example.org; files go into domain-file");
        }
        if (name.length() <= LONGEST_NAME && name.matches("[^:]*[^:0-9.][^:]*:[0-9]*")) {
            throw new InvalidValueException(
                    "found a port behind " + Words.quoted(name.substring(0, name.indexOf(':'))),
                    "a domain name is expected",
                    "write the name alone, and port: in a route");
        }
        if (IpLiteral.looksLikeAddress(name)) {
            throw new InvalidValueException(
                    "found the address " + Words.quoted(name),
                    "a domain name is expected",
                    "addresses go into cidr of a route");
        }
        return Addresses.domain(name);
    }

    /** Whether a name is in its final form already, as nearly all names in long lists are. */
    static boolean isPlain(byte[] bytes, int from, int to) {
        boolean letters = false;
        int label = 0;
        for (int i = from; i < to; i++) {
            byte c = bytes[i];
            if (c == '.') {
                if (label == 0 || bytes[i - 1] == '-') {
                    return false;
                }
                label = 0;
                continue;
            }
            boolean letter = (c >= 'a' && c <= 'z') || c == '_';
            boolean valid = letter || (c >= '0' && c <= '9') || (c == '-' && label > 0);
            if (!valid || ++label > LONGEST_LABEL) {
                return false;
            }
            letters |= letter;
        }
        return letters && label > 0 && to - from <= LONGEST_NAME && bytes[to - 1] != '-';
    }
}
