// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.util.function.Supplier;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.rules.Endpoint;
import sluice.rules.Outbound;

/** A server that connects in our place. Immutable. */
sealed interface Proxy permits Socks5Proxy, HttpProxy {
    /** The outbound's name. */
    String name();

    /** As configured. */
    Outbound outbound();

    /** Where it listens. */
    Endpoint server();

    /** What it is told of a host that has a name. */
    Outbound.Names names();

    /**
     * Has it connect.
     *
     * @param carrier leads to the proxy; stays the caller's when this throws
     * @param to what it is told: an address, or a name
     * @param owner says whose flow it is, which may take a look-up
     * @return leads to {@code to}, and owns the carrier
     */
    Link open(Link carrier, Peer to, Supplier<Owner> owner, Deadline deadline) throws IOException;
}
