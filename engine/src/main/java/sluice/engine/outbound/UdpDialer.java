// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Duration;

/** Makes a UDP association with a proxy (RFC 1928, section 7), in straight-line code. */
@FunctionalInterface
public interface UdpDialer {
    /**
     * Connects, negotiates and returns the association, which the caller owns; parks the calling virtual thread meanwhile.
     *
     * @param timeout for all of it
     * @throws DialException why not; nothing is left open
     */
    UdpAssociation associate(Duration timeout) throws DialException;
}
