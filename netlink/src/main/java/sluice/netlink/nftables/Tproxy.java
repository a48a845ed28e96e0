// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Hands the packet to a transparent listener on this machine. A packet that finds none goes on with the next rule.
 *
 * @param family of the address; {@link Family#UNSPECIFIED} for both where only a port is given
 * @param address register, or 0 for the packet's own destination
 * @param port register, or 0 for the packet's own destination port
 */
public record Tproxy(Family family, int address, int port) implements Expression {
    static final String NAME = "tproxy";

    private static final int NFTA_TPROXY_FAMILY = 1;
    private static final int NFTA_TPROXY_REG_ADDR = 2;
    private static final int NFTA_TPROXY_REG_PORT = 3;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_TPROXY_FAMILY, family.number());
        if (address != 0) {
            writer.u32Big(NFTA_TPROXY_REG_ADDR, address);
        }
        if (port != 0) {
            writer.u32Big(NFTA_TPROXY_REG_PORT, port);
        }
    }

    static Tproxy decode(Attributes data) throws NetlinkException.Malformed {
        var family = Family.UNSPECIFIED;
        int address = 0;
        int port = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_TPROXY_FAMILY -> family = Family.of(data.u32Big());
                case NFTA_TPROXY_REG_ADDR -> address = data.u32Big();
                case NFTA_TPROXY_REG_PORT -> port = data.u32Big();
                default -> {}
            }
        }
        return new Tproxy(family, address, port);
    }
}
