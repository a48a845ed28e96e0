// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.Arrays;
import sluice.rules.Prefix;

/** The addresses of one family: slot N stands for the Nth after the network's own. Immutable. */
final class AddressPool {
    /** Instead of a slot: the address is not of the pool. */
    static final int FOREIGN = -1;

    private static final int SLOT_BYTES = 4;

    private final byte[] network;
    private final int length;

    AddressPool(Prefix prefix) {
        network = prefix.network().getAddress();
        length = prefix.length();
    }

    /** How many addresses it has, as far as slots can tell them apart. */
    long size() {
        return 1L << Math.min(8 * SLOT_BYTES, 8 * network.length - length);
    }

    byte[] address(int slot) {
        byte[] address = network.clone();
        for (int i = 1; i <= SLOT_BYTES; i++) {
            address[address.length - i] |= (byte) (slot >>> (8 * (i - 1)));
        }
        return address;
    }

    /** The slot of an address of this family, {@link #FOREIGN}, or {@link Integer#MAX_VALUE} for one that is beyond every slot. */
    int slot(byte[] address) {
        for (int i = 0; 8 * i < length; i++) {
            int shared = 0xff00 >> Math.min(8, length - 8 * i);
            if (((address[i] ^ network[i]) & shared & 0xff) != 0) {
                return FOREIGN;
            }
        }
        int last = address.length - SLOT_BYTES;
        if (Arrays.mismatch(address, 0, last, network, 0, last) >= 0) {
            return Integer.MAX_VALUE;
        }
        int slot = 0;
        for (int i = last; i < address.length; i++) {
            slot = slot << 8 | ((address[i] ^ network[i]) & 0xff);
        }
        return slot < 0 ? Integer.MAX_VALUE : slot;
    }
}
