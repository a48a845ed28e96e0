// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.FRA_FWMARK;
import static sluice.netlink.route.RouteConstants.FRA_FWMASK;
import static sluice.netlink.route.RouteConstants.FRA_PRIORITY;
import static sluice.netlink.route.RouteConstants.FRA_PROTOCOL;
import static sluice.netlink.route.RouteConstants.FRA_TABLE;
import static sluice.netlink.route.RouteConstants.FR_ACT_TO_TBL;
import static sluice.netlink.route.RouteConstants.RTMSG_LENGTH;

import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A policy rule, {@code ip rule … fwmark M/MASK lookup TABLE}.
 *
 * @param priority the kernel tries lower ones first; 0 lets it choose one when adding
 * @param mark of packets it applies to
 * @param mask of the mark's bits that count; 0 for a rule that looks at no mark
 * @param table that it looks routes up in
 * @param protocol who made it (FRA_PROTOCOL): 2 the kernel, 3 at boot, 4 an administrator; others are free
 * @param action FR_ACT_*: 1 looks up a table
 */
public record PolicyRule(IpFamily family, int priority, int mark, int mask, int table, int protocol, int action) {
    /** A rule that sends packets with a mark to a table. */
    public static PolicyRule ofMark(IpFamily family, int mark, int mask, int table) {
        return new PolicyRule(family, 0, mark, mask, table, 0, FR_ACT_TO_TBL);
    }

    public PolicyRule withPriority(int other) {
        return new PolicyRule(family, other, mark, mask, table, protocol, action);
    }

    public PolicyRule withProtocol(int other) {
        return new PolicyRule(family, priority, mark, mask, table, other, action);
    }

    void encode(MessageWriter writer) {
        // struct fib_rule_hdr: family, dst_len, src_len, tos, table, two reserved bytes, action, flags.
        writer.raw8(family.number()).raw8(0).raw8(0).raw8(0);
        writer.raw8(table < 256 ? table : 0).raw8(0).raw8(0).raw8(action).raw32(0);
        writer.u32(FRA_TABLE, table);
        if (priority != 0) {
            writer.u32(FRA_PRIORITY, priority);
        }
        if (mark != 0 || mask != 0) {
            writer.u32(FRA_FWMARK, mark).u32(FRA_FWMASK, mask);
        }
        if (protocol != 0) {
            writer.u8(FRA_PROTOCOL, protocol);
        }
    }

    static PolicyRule decode(Messages message, IpFamily family) throws NetlinkException.Malformed {
        int priority = 0;
        int mark = 0;
        int mask = 0;
        int table = message.header8(4);
        int protocol = 0;
        var attributes = message.attributes(RTMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case FRA_PRIORITY -> priority = attributes.u32();
                case FRA_FWMARK -> mark = attributes.u32();
                case FRA_FWMASK -> mask = attributes.u32();
                case FRA_TABLE -> table = attributes.u32();
                case FRA_PROTOCOL -> protocol = attributes.u8();
                default -> {}
            }
        }
        return new PolicyRule(family, priority, mark, mask, table, protocol, message.header8(7));
    }

    @Override
    public String toString() {
        return "rule " + Integer.toUnsignedString(priority) + " fwmark 0x" + Integer.toHexString(mark) + "/0x"
                + Integer.toHexString(mask) + " lookup " + Integer.toUnsignedString(table) + " of " + family;
    }
}
