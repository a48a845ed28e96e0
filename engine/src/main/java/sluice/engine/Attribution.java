// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.util.Set;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

/** Finds out whose socket is at the client's end of a flow. */
@FunctionalInterface
public interface Attribution {
    /** Nobody is known. */
    Attribution NONE = (transport, client, destination) -> Owner.UNKNOWN;

    /** Knows one owner, who is everybody's. */
    static Attribution known(Owner owner) {
        return (transport, client, destination) -> owner;
    }

    /** As {@link #owner}, with all that goes wrong as unknown: what the engine calls. */
    default Owner ownerOrUnknown(Transport transport, InetEndpoint client, InetEndpoint destination) {
        try {
            return owner(transport, client, destination);
        } catch (RuntimeException _) {
            return Owner.UNKNOWN;
        }
    }

    /**
     * Called on any thread, at most once for each flow, while the client's socket is still there: microseconds only, for it may be a loop's; an
     * exception counts as unknown.
     *
     * @param client the application's end
     * @param destination where the application thinks it sends to
     * @return {@link Owner#UNKNOWN} when it cannot be found out
     */
    Owner owner(Transport transport, InetEndpoint client, InetEndpoint destination);

    /**
     * Paths of the cgroups, as {@link Owner#cgroup} has them, in which sockets were made that listen at this address of the machine. Called on
     * any thread, a loop's too, and often for the same address; an exception counts as none.
     */
    default Set<String> listeners(InetEndpoint at) {
        return Set.of();
    }

    /**
     * Adds the process to what is known, where that takes no search: for proxies that are told of it. May read files, so never called on a
     * loop's thread; an exception counts as unknown.
     */
    default Owner withProcess(Owner known) {
        return known;
    }
}
