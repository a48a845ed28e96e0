// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.FIB_RULE_INVERT;
import static sluice.netlink.route.RouteConstants.FRA_FWMARK;
import static sluice.netlink.route.RouteConstants.FRA_FWMASK;
import static sluice.netlink.route.RouteConstants.FRA_IIFNAME;
import static sluice.netlink.route.RouteConstants.FRA_PRIORITY;
import static sluice.netlink.route.RouteConstants.FRA_PROTOCOL;
import static sluice.netlink.route.RouteConstants.FRA_TABLE;
import static sluice.netlink.route.RouteConstants.FR_ACT_TO_TBL;
import static sluice.netlink.route.RouteConstants.RTMSG_LENGTH;

import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A policy rule, {@code ip rule … fwmark M/MASK lookup TABLE}. It may have further conditions, which are not told here.
 *
 * @param priority the kernel tries lower ones first; 0 lets it choose one when adding
 * @param mark of packets it applies to
 * @param mask of the mark's bits that count; 0 for a rule that looks at no mark
 * @param table that it looks routes up in
 * @param protocol who made it (FRA_PROTOCOL): 2 the kernel, 3 at boot, 4 an administrator; others are free
 * @param action FR_ACT_*: 1 looks up a table
 * @param inverted whether it applies to packets that do not meet its conditions
 * @param input name of the interface that packets have come in by, {@code lo} for those that this machine sends; empty for all
 */
public record PolicyRule(
        IpFamily family,
        int priority,
        int mark,
        int mask,
        int table,
        int protocol,
        int action,
        boolean inverted,
        String input) {
    /** Who made the rules that are there from the beginning. */
    public static final int KERNEL = 2;

    private static final String LOOPBACK = "lo";

    /** A rule that sends packets with a mark to a table. */
    public static PolicyRule ofMark(IpFamily family, int mark, int mask, int table) {
        return new PolicyRule(family, 0, mark, mask, table, 0, FR_ACT_TO_TBL, false, "");
    }

    public PolicyRule withPriority(int other) {
        return new PolicyRule(family, other, mark, mask, table, protocol, action, inverted, input);
    }

    public PolicyRule withProtocol(int other) {
        return new PolicyRule(family, priority, mark, mask, table, other, action, inverted, input);
    }

    /**
     * Whether packets that this machine sends may match, as far as the conditions told here go.
     *
     * @param packetMark the packets' mark, of which only the bits of {@code known} are known
     */
    public boolean mayMatchSent(int packetMark, int known) {
        if (!input.isEmpty() && !input.equals(LOOPBACK)) {
            return inverted;
        }
        boolean agrees = ((packetMark ^ mark) & mask & known) == 0;
        boolean mayDiffer = !agrees || mask == 0 || (mask & ~known) != 0;
        return inverted ? mayDiffer : agrees;
    }

    void encode(MessageWriter writer) {
        // struct fib_rule_hdr: family, dst_len, src_len, tos, table, two reserved bytes, action, flags.
        writer.raw8(family.number()).raw8(0).raw8(0).raw8(0);
        writer.raw8(table < 256 ? table : 0).raw8(0).raw8(0).raw8(action).raw32(inverted ? FIB_RULE_INVERT : 0);
        writer.u32(FRA_TABLE, table);
        if (!input.isEmpty()) {
            writer.string(FRA_IIFNAME, input);
        }
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
        var input = "";
        var attributes = message.attributes(RTMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case FRA_PRIORITY -> priority = attributes.u32();
                case FRA_FWMARK -> mark = attributes.u32();
                case FRA_FWMASK -> mask = attributes.u32();
                case FRA_TABLE -> table = attributes.u32();
                case FRA_IIFNAME -> input = attributes.string();
                case FRA_PROTOCOL -> protocol = attributes.u8();
                default -> {}
            }
        }
        boolean inverted = (message.header32(8) & FIB_RULE_INVERT) != 0;
        return new PolicyRule(family, priority, mark, mask, table, protocol, message.header8(7), inverted, input);
    }

    @Override
    public String toString() {
        return "rule " + Integer.toUnsignedString(priority) + " fwmark 0x" + Integer.toHexString(mark) + "/0x"
                + Integer.toHexString(mask) + " lookup " + Integer.toUnsignedString(table) + " of " + family;
    }
}
