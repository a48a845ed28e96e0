// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;

/** The outbounds of one configuration, with their groups' state. Any thread. */
public interface Outbounds {
    /**
     * How a new flow gets out.
     *
     * @param outbound name in the configuration, or {@code direct} or {@code block}
     */
    Way way(String outbound, Destination destination, Transport transport);
}
