// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.time.Duration;

/**
 * How much there may be at once of connections to port 53.
 *
 * @param connections in all
 * @param waitingBytes answers, in all, that applications have not taken yet
 * @param idle a connection that brings no whole query in this time is closed (RFC 7766, section 6.2.3)
 * @param write an application that takes nothing of an answer in this time is given up
 */
public record NameLimits(int connections, int waitingBytes, Duration idle, Duration write) {
    /** For real machines. */
    public static final NameLimits DEFAULT =
            new NameLimits(1024, 4 << 20, Duration.ofSeconds(30), Duration.ofSeconds(10));
}
