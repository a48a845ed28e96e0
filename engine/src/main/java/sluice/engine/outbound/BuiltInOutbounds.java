// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.List;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Transport;

/** The two outbounds that need no configuration: {@code direct} and {@code block}. */
public final class BuiltInOutbounds implements Outbounds {
    private static final List<String> DIRECT = List.of("direct");

    private final SocketTraits traits;

    /** With the packet mark of sockets to the outside. */
    public BuiltInOutbounds(int mark) {
        traits = new SocketTraits(mark, null, null);
    }

    @Override
    public Way way(String outbound, Destination destination, Transport transport) {
        return outbound.equals("direct")
                ? new Way.Plain(DIRECT, destination.endpoint(), traits)
                : new Way.Refused(List.of(outbound), FlowEnd.BLOCKED, "");
    }
}
