// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Loads a property of the socket the packet belongs to; the rule ends where there is none.
 *
 * @param level of {@link Key#CGROUPV2}: which ancestor, counted from the root of the cgroup namespace of whoever adds the
 *     rule; the rule ends for a socket whose cgroup is less deep. 0 for other keys
 * @param destination register
 */
public record SocketExpression(Key key, int level, int destination) implements Expression {
    /** In the kernel's numbering (NFT_SOCKET_*). */
    public enum Key {
        TRANSPARENT,
        MARK,
        WILDCARD,
        CGROUPV2
    }

    static final String NAME = "socket";

    private static final int NFTA_SOCKET_KEY = 1;
    private static final int NFTA_SOCKET_DREG = 2;
    private static final int NFTA_SOCKET_LEVEL = 3;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_SOCKET_KEY, Wire.number(key));
        writer.u32Big(NFTA_SOCKET_DREG, destination);
        if (key == Key.CGROUPV2) {
            writer.u32Big(NFTA_SOCKET_LEVEL, level);
        }
    }

    static SocketExpression decode(Attributes data) throws NetlinkException.Malformed {
        var key = Key.TRANSPARENT;
        int level = 0;
        int destination = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_SOCKET_KEY -> key = Wire.constant(Key.values(), data.u32Big());
                case NFTA_SOCKET_DREG -> destination = data.u32Big();
                case NFTA_SOCKET_LEVEL -> level = data.u32Big();
                default -> {}
            }
        }
        return new SocketExpression(key, key == Key.CGROUPV2 ? level : 0, destination);
    }
}
