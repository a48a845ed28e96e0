// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import org.jspecify.annotations.Nullable;
import sluice.linux.InetEndpoint;

/**
 * What every socket to the outside is given before it connects.
 *
 * @param mark packet mark, with the loop guard's bit
 * @param interfaceName interface it is bound to, or null
 * @param source address it is bound to, port 0, or null
 */
public record SocketTraits(
        int mark, @Nullable String interfaceName, @Nullable InetEndpoint source) {
    /** The same with other bits for the loop guard. */
    public SocketTraits guarded(int former, int bits) {
        return new SocketTraits((mark & ~former) | bits, interfaceName, source);
    }
}
