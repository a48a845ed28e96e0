// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.time.Duration;

/**
 * How much there may be at once of connections to port 53.
 *
 * @param connections in all
 * @param perApplication of one cgroup
 * @param waitingBytes answers, in all, that applications have not taken yet
 * @param idle a connection that brings no whole query in this time is closed (RFC 7766, section 6.2.3)
 * @param write an application that takes nothing of an answer in this time is given up
 */
public record NameLimits(int connections, int perApplication, int waitingBytes, Duration idle, Duration write) {
    private static final int MOST = 1024;
    private static final int APPLICATIONS_SHARE = 8;
    private static final int WAITING_BYTES = 4 << 20;
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration WRITE = Duration.ofSeconds(10);

    /**
     * The limits that the open files allow.
     *
     * @param descriptors RLIMIT_NOFILE
     */
    public static NameLimits within(int descriptors) {
        int connections = Math.clamp(descriptors / 16, 1, MOST);
        return new NameLimits(connections, Math.ceilDiv(connections, APPLICATIONS_SHARE), WAITING_BYTES, IDLE, WRITE);
    }
}
