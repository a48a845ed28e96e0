// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import org.jspecify.annotations.Nullable;

/** Host names as flows carry them: letters, digits, dashes (RFC 1123, section 2.1) and underscores, which names in use have. */
final class HostName {
    private static final int LONGEST = 253;
    private static final int LONGEST_LABEL = 63;

    private HostName() {}

    /** The name in lower case without a trailing dot; null if this is an address or no valid name. */
    static @Nullable String of(Bytes bytes, int start, int end) {
        int stop = end > start && bytes.at(end - 1) == '.' ? end - 1 : end;
        if (stop <= start || stop - start > LONGEST) {
            return null;
        }
        var name = new StringBuilder(stop - start);
        int label = 0;
        boolean number = true;
        for (int i = start; i < stop; i++) {
            int c = bytes.at(i);
            if (c == '.') {
                if (label == 0 || bytes.at(i - 1) == '-') {
                    return null;
                }
                label = 0;
                number = true;
            } else {
                c = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
                boolean digit = c >= '0' && c <= '9';
                boolean valid = digit || (c >= 'a' && c <= 'z') || c == '_' || (c == '-' && label > 0);
                if (!valid || ++label > LONGEST_LABEL) {
                    return null;
                }
                number &= digit;
            }
            name.append((char) c);
        }
        // No top level domain is a number: this is an IPv4 address, or looks like one to somebody.
        return label == 0 || number || bytes.at(stop - 1) == '-' ? null : name.toString();
    }
}
