// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import java.util.function.Predicate;
import sluice.linux.InetEndpoint;

/**
 * Knows destinations that lead back to the engine.
 *
 * @param ours whether the engine itself listens there
 */
record LoopGuard(Predicate<InetEndpoint> ours) {
    private static final InetAddress LOOPBACK4 = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress LOOPBACK6 = InetAddress.ofLiteral("::1");

    boolean refuses(InetEndpoint destination) {
        if (ours.test(destination)) {
            return true;
        }
        // Linux connects 0.0.0.0 and :: to this machine (ip(7)).
        int port = destination.port();
        return destination.address().isAnyLocalAddress()
                && (ours.test(new InetEndpoint(LOOPBACK4, port)) || ours.test(new InetEndpoint(LOOPBACK6, port)));
    }
}
