// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

/** The outbounds of one configuration, with their groups' state. Any thread. */
public interface Outbounds {
    /**
     * How a new flow gets out.
     *
     * @param outbound name in the configuration, or {@code direct} or {@code block}
     */
    Way way(String outbound, Destination destination, Transport transport);

    /**
     * Where the proxy is that our socket is connected to, if it is one on loopback; else null.
     *
     * @param outbounds those of a {@link Way}
     */
    default @Nullable InetEndpoint loopbackProxy(List<String> outbounds) {
        return null;
    }
}
