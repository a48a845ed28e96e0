// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * Ports from {@code first} to {@code last}, both included.
 *
 * @param first 1 to 65535
 * @param last not below {@code first}, at most 65535
 */
public record PortRange(int first, int last) {
    /** Whether the port lies in the range. */
    public boolean contains(int port) {
        return first <= port && port <= last;
    }
}
