// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.rules.Endpoint;

/** A server that connects in our place. Immutable. */
sealed interface Proxy permits Socks5Proxy, HttpProxy {
    /** The outbound's name. */
    String name();

    /** Where it listens. */
    Endpoint server();

    /**
     * Has it connect.
     *
     * @param carrier leads to the proxy; stays the caller's when this throws
     * @param owner whose flow it is
     * @return leads to {@code to}, and owns the carrier
     */
    Link open(Link carrier, Peer to, Owner owner, Deadline deadline) throws IOException;
}
