// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.time.Duration;

/**
 * What a client may use up.
 *
 * @param perUser connections of one user at once
 * @param allUsers connections of all users but root and the daemon's own at once
 * @param perPrivileged connections of root at once, and of the daemon's own user
 * @param request from the connection to the end of the request
 * @param response from the first to the last byte of the answer
 */
record ControlLimits(int perUser, int allUsers, int perPrivileged, Duration request, Duration response) {
    static final int LINE_BYTES = 8192;
    static final int HEADER_BYTES = 8192;
    static final int BODY_BYTES = 65_536;

    static final ControlLimits DEFAULT = new ControlLimits(8, 24, 64, Duration.ofSeconds(10), Duration.ofSeconds(30));
}
