// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Counts packets and bytes: of a rule where it stands, or of one element of a set that has it as its expression. Sent with
 * figures, it starts from them.
 */
public record Counter(long packets, long bytes) implements Expression {
    static final String NAME = "counter";

    private static final int NFTA_COUNTER_BYTES = 1;
    private static final int NFTA_COUNTER_PACKETS = 2;

    /** A counter that has counted nothing. */
    public static final Counter ZERO = new Counter(0, 0);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        if (packets != 0 || bytes != 0) {
            writer.u64Big(NFTA_COUNTER_BYTES, bytes);
            writer.u64Big(NFTA_COUNTER_PACKETS, packets);
        }
    }

    static Counter decode(Attributes data) throws NetlinkException.Malformed {
        long packets = 0;
        long bytes = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_COUNTER_BYTES -> bytes = data.u64Big();
                case NFTA_COUNTER_PACKETS -> packets = data.u64Big();
                default -> {}
            }
        }
        return packets == 0 && bytes == 0 ? ZERO : new Counter(packets, bytes);
    }
}
