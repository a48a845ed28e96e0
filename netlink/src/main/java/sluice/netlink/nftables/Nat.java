// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Translates the flow's source or destination to what registers hold.
 *
 * @param family of the address
 * @param address register, or 0 to keep the address
 * @param addressEnd register with the end of an address range; the same as {@code address} for a single one
 * @param port register, or 0 to keep the port
 * @param portEnd register with the end of a port range; the same as {@code port} for a single one
 * @param flags NF_NAT_RANGE_* besides MAP_IPS and PROTO_SPECIFIED, which follow from the registers
 */
public record Nat(Type type, Family family, int address, int addressEnd, int port, int portEnd, int flags)
        implements Expression {
    /** In the kernel's numbering (NFT_NAT_*). */
    public enum Type {
        SOURCE,
        DESTINATION
    }

    static final String NAME = "nat";

    private static final int NFTA_NAT_TYPE = 1;
    private static final int NFTA_NAT_FAMILY = 2;
    private static final int NFTA_NAT_REG_ADDR_MIN = 3;
    private static final int NFTA_NAT_REG_ADDR_MAX = 4;
    private static final int NFTA_NAT_REG_PROTO_MIN = 5;
    private static final int NFTA_NAT_REG_PROTO_MAX = 6;
    private static final int NFTA_NAT_FLAGS = 7;
    private static final int NF_NAT_RANGE_MAP_IPS = 1;
    private static final int NF_NAT_RANGE_PROTO_SPECIFIED = 2;

    /** To one address, and to one port unless {@code port} is 0. */
    public static Nat to(Type type, Family family, int address, int port) {
        return new Nat(type, family, address, address, port, port, 0);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_NAT_TYPE, Wire.number(type));
        writer.u32Big(NFTA_NAT_FAMILY, family.number());
        register(writer, NFTA_NAT_REG_ADDR_MIN, address);
        register(writer, NFTA_NAT_REG_ADDR_MAX, addressEnd == address ? 0 : addressEnd);
        register(writer, NFTA_NAT_REG_PROTO_MIN, port);
        register(writer, NFTA_NAT_REG_PROTO_MAX, portEnd == port ? 0 : portEnd);
        int all = flags | (port == 0 ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED);
        if (all != 0) {
            writer.u32Big(NFTA_NAT_FLAGS, all);
        }
    }

    private static void register(MessageWriter writer, int type, int register) {
        if (register != 0) {
            writer.u32Big(type, register);
        }
    }

    static Nat decode(Attributes data) throws NetlinkException.Malformed {
        var type = Type.SOURCE;
        var family = Family.UNSPECIFIED;
        int address = 0;
        int addressEnd = 0;
        int port = 0;
        int portEnd = 0;
        int flags = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_NAT_TYPE -> type = Wire.constant(Type.values(), data.u32Big());
                case NFTA_NAT_FAMILY -> family = Family.of(data.u32Big());
                case NFTA_NAT_REG_ADDR_MIN -> address = data.u32Big();
                case NFTA_NAT_REG_ADDR_MAX -> addressEnd = data.u32Big();
                case NFTA_NAT_REG_PROTO_MIN -> port = data.u32Big();
                case NFTA_NAT_REG_PROTO_MAX -> portEnd = data.u32Big();
                case NFTA_NAT_FLAGS -> flags = data.u32Big();
                default -> {}
            }
        }
        return new Nat(
                type,
                family,
                address,
                addressEnd == 0 ? address : addressEnd,
                port,
                portEnd == 0 ? port : portEnd,
                flags & ~(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED));
    }
}
