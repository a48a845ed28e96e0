// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Duration;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Owner;

/** Connects through a proxy, in straight-line code. */
@FunctionalInterface
public interface TcpDialer {
    /**
     * Connects and negotiates; parks the calling virtual thread meanwhile.
     *
     * @param owner whose flow it is, for proxies that are told
     * @param timeout for all of it
     * @return the connection, which the caller owns
     * @throws DialException why not; nothing is left open
     */
    Upstream dial(Destination destination, Owner owner, Duration timeout) throws DialException;
}
