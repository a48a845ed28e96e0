// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Turns a host name into addresses; blocks. Any thread. */
@FunctionalInterface
public interface HostResolver {
    /** The machine's own resolver, whose answers the JDK remembers for half a minute. */
    HostResolver SYSTEM = name -> List.of(InetAddress.getAllByName(name));

    /**
     * Looks the name up.
     *
     * @return at least one address, the best first
     */
    List<InetAddress> resolve(String name) throws UnknownHostException;
}
