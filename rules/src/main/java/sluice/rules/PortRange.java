// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * Ports from {@code first} to {@code last}, both included.
 *
 * @param first 1 to 65535
 * @param last not below {@code first}, at most 65535
 */
public record PortRange(int first, int last) {
    /** Reads {@code 22} or {@code 8000-8999}, or throws {@link InvalidValueException}. */
    static PortRange parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            int port = Addresses.port(text);
            return new PortRange(port, port);
        }
        int first = Addresses.port(text.substring(0, dash).strip());
        int last = Addresses.port(text.substring(dash + 1).strip());
        if (first > last) {
            throw new InvalidValueException(
                    "found " + Words.quoted(text), "the lower port comes first", "write " + last + "-" + first);
        }
        return new PortRange(first, last);
    }

    /** Whether the port lies in the range. */
    public boolean contains(int port) {
        return first <= port && port <= last;
    }
}
