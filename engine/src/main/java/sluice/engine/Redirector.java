// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

/**
 * What brings the packets of applications to the engine's listeners. Every process of the machine can send to these ports too: a packet that names
 * a listener as its destination is refused before anything is made of it, unless the redirector says that it has sent it there.
 */
@FunctionalInterface
public interface Redirector {
    /** TPROXY keeps each packet's destination, so none of those that it hands over names the listener. */
    Redirector TPROXY = (transport, source) -> false;

    /**
     * Whether what came from this source, addressed to a listener, was redirected there. Asked on a loop's thread for each connection and
     * datagram of that kind: must neither block nor throw.
     */
    boolean sent(Transport transport, InetEndpoint source);
}
