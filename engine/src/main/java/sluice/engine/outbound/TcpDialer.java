// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Duration;
import sluice.engine.flow.Flow;

/** Connects through a proxy, in straight-line code. */
@FunctionalInterface
public interface TcpDialer {
    /**
     * Connects to the flow's destination and negotiates; parks the calling virtual thread meanwhile.
     *
     * @param timeout for all of it
     * @return the connection, which the caller owns
     * @throws DialException why not; nothing is left open
     */
    Upstream dial(Flow flow, Duration timeout) throws DialException;
}
