// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

/** Finds out whose socket is at the client's end of a flow. */
@FunctionalInterface
public interface Attribution {
    /** Nobody is known. */
    Attribution NONE = (transport, client, destination) -> Owner.UNKNOWN;

    /**
     * Called on any thread, a loop's for each flow: microseconds only; an exception counts as unknown.
     *
     * @param client the application's end
     * @param destination where the application thinks it sends to
     * @return {@link Owner#UNKNOWN} when it cannot be found out
     */
    Owner owner(Transport transport, InetEndpoint client, InetEndpoint destination);

    /**
     * Adds the process to what is known, where that takes no search: for proxies that are told of it. May read files, so never called on a
     * loop's thread; an exception counts as unknown.
     */
    default Owner withProcess(Owner known) {
        return known;
    }
}
