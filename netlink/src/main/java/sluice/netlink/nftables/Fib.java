// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Looks an address of the packet up in the routing tables and loads the result.
 *
 * @param flags what takes part in the lookup: {@link #SOURCE}, {@link #DESTINATION}, …
 * @param destination register
 */
public record Fib(Result result, int flags, int destination) implements Expression {
    /** What is loaded, in the kernel's numbering from 1 (NFT_FIB_RESULT_*). */
    public enum Result {
        OUTPUT_INDEX,
        OUTPUT_NAME,
        ADDRESS_TYPE
    }

    public static final int SOURCE = 1;
    public static final int DESTINATION = 2;
    public static final int MARK = 4;
    public static final int INPUT_INTERFACE = 8;
    public static final int OUTPUT_INTERFACE = 16;
    /** Loads only whether there is a route. */
    public static final int PRESENT = 32;

    static final String NAME = "fib";

    private static final int NFTA_FIB_DREG = 1;
    private static final int NFTA_FIB_RESULT = 2;
    private static final int NFTA_FIB_FLAGS = 3;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_FIB_FLAGS, flags);
        writer.u32Big(NFTA_FIB_RESULT, Wire.number(result) + 1);
        writer.u32Big(NFTA_FIB_DREG, destination);
    }

    static Fib decode(Attributes data) throws NetlinkException.Malformed {
        var result = Result.OUTPUT_INDEX;
        int flags = 0;
        int destination = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_FIB_FLAGS -> flags = data.u32Big();
                case NFTA_FIB_RESULT -> result = Wire.constant(Result.values(), data.u32Big() - 1);
                case NFTA_FIB_DREG -> destination = data.u32Big();
                default -> {}
            }
        }
        return new Fib(result, flags, destination);
    }
}
