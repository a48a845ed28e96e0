// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.RTA_DST;
import static sluice.netlink.route.RouteConstants.RTA_OIF;
import static sluice.netlink.route.RouteConstants.RTA_PRIORITY;
import static sluice.netlink.route.RouteConstants.RTA_TABLE;
import static sluice.netlink.route.RouteConstants.RTMSG_LENGTH;
import static sluice.netlink.route.RouteConstants.RTN_LOCAL;
import static sluice.netlink.route.RouteConstants.RT_SCOPE_HOST;
import static sluice.netlink.route.RouteConstants.RT_SCOPE_UNIVERSE;

import java.net.InetAddress;
import java.net.UnknownHostException;
import sluice.linux.IpText;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A route out of one interface, without a gateway.
 *
 * @param destination the network's address; all zero with prefix length 0 for the default route
 * @param prefixLength bits of the destination that count
 * @param table that holds it; 254 is main, 255 local
 * @param interfaceIndex of the interface it leads to; 0 if it names none
 * @param type RTN_*: 1 unicast, 2 local
 * @param protocol who made it (rtm_protocol): 2 the kernel, 3 at boot, 4 an administrator; others are free
 * @param metric lower ones win; 0 for none, which IPv6 stores as 1024
 */
public record Route(
        IpFamily family,
        InetAddress destination,
        int prefixLength,
        int table,
        int interfaceIndex,
        int type,
        int protocol,
        int metric) {
    /** Number of the table of this machine's own addresses. */
    public static final int LOCAL_TABLE = 255;

    private static final int BOOT = 3;

    /** {@code local default dev INTERFACE table TABLE}: makes every destination one of this machine. */
    public static Route localDefault(IpFamily family, int table, int interfaceIndex) {
        return new Route(family, any(family), 0, table, interfaceIndex, RTN_LOCAL, BOOT, 0);
    }

    private static InetAddress any(IpFamily family) {
        return InetAddress.ofLiteral(family == IpFamily.IPV4 ? "0.0.0.0" : "::");
    }

    public Route withProtocol(int other) {
        return new Route(family, destination, prefixLength, table, interfaceIndex, type, other, metric);
    }

    public Route withMetric(int other) {
        return new Route(family, destination, prefixLength, table, interfaceIndex, type, protocol, other);
    }

    void encode(MessageWriter writer) {
        boolean host = family == IpFamily.IPV4 && type == RTN_LOCAL;
        // struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags.
        writer.raw8(family.number()).raw8(prefixLength).raw8(0).raw8(0);
        writer.raw8(table < 256 ? table : 0)
                .raw8(protocol)
                .raw8(host ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE)
                .raw8(type)
                .raw32(0);
        if (prefixLength > 0) {
            writer.bytes(RTA_DST, destination.getAddress());
        }
        writer.u32(RTA_TABLE, table);
        if (interfaceIndex != 0) {
            writer.u32(RTA_OIF, interfaceIndex);
        }
        if (metric != 0) {
            writer.u32(RTA_PRIORITY, metric);
        }
    }

    static Route decode(Messages message, IpFamily family) throws NetlinkException.Malformed {
        var destination = any(family);
        int table = message.header8(4);
        int output = 0;
        int metric = 0;
        var attributes = message.attributes(RTMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case RTA_DST -> destination = address(attributes.bytes());
                case RTA_TABLE -> table = attributes.u32();
                case RTA_OIF -> output = attributes.u32();
                case RTA_PRIORITY -> metric = attributes.u32();
                default -> {}
            }
        }
        return new Route(
                family, destination, message.header8(1), table, output, message.header8(7), message.header8(5), metric);
    }

    private static InetAddress address(byte[] bytes) throws NetlinkException.Malformed {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new NetlinkException.Malformed("an address of " + bytes.length + " bytes");
        }
    }

    @Override
    public String toString() {
        return "route " + IpText.of(destination) + "/" + prefixLength + " dev #" + interfaceIndex + " table "
                + Integer.toUnsignedString(table) + " of " + family;
    }
}
