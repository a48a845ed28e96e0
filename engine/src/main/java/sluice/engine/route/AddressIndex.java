// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import sluice.rules.NumberSets;
import sluice.rules.PrefixList;

/** Blocks of both families with the routes they belong to. */
record AddressIndex(PrefixIndex ipv4, PrefixIndex ipv6) {
    /** Collects blocks. */
    static final class Builder {
        private final PrefixIndexBuilder ipv4;
        private final PrefixIndexBuilder ipv6;

        Builder(NumberSets sets) {
            ipv4 = new PrefixIndexBuilder(32, sets);
            ipv6 = new PrefixIndexBuilder(128, sets);
        }

        void add(PrefixList blocks, int route) {
            for (int i = 0; i < blocks.ipv4Count(); i++) {
                ipv4.add(Integer.toUnsignedLong(blocks.ipv4(i)), 0, blocks.ipv4Length(i), route);
            }
            for (int i = 0; i < blocks.ipv6Count(); i++) {
                ipv6.add(blocks.ipv6High(i), blocks.ipv6Low(i), blocks.ipv6Length(i), route);
            }
        }

        AddressIndex build() {
            return new AddressIndex(ipv4.build(), ipv6.build());
        }
    }

    /** An index of one list, for {@link #contains} only. */
    static AddressIndex of(PrefixList blocks) {
        var builder = new Builder(new NumberSets());
        builder.add(blocks, 0);
        return builder.build();
    }

    PrefixIndex family(AddressNumber address) {
        return address.isIpv4() ? ipv4 : ipv6;
    }

    /** Whether an address lies in any of the blocks. */
    boolean contains(AddressNumber address) {
        return family(address).block(address.high(), address.low()) != PrefixIndex.NONE;
    }
}
