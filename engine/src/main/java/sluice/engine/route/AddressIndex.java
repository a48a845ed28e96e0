// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import sluice.rules.NumberSets;
import sluice.rules.PrefixList;

/** Blocks of both families, of short lists, with the routes they belong to. */
record AddressIndex(PrefixIndex ipv4, PrefixIndex ipv6) {
    /** Collects the blocks of lists that are not long. */
    static final class Builder {
        private final PrefixIndexBuilder ipv4;
        private final PrefixIndexBuilder ipv6;

        Builder(NumberSets sets) {
            ipv4 = new PrefixIndexBuilder(32, sets);
            ipv6 = new PrefixIndexBuilder(128, sets);
        }

        void add(PrefixList list, int route) {
            for (var block : list.blocks()) {
                var first = AddressNumber.of(block.network());
                (block.isIpv4() ? ipv4 : ipv6).add(first.high(), first.low(), block.length(), route);
            }
        }

        AddressIndex build() {
            return new AddressIndex(ipv4.build(), ipv6.build());
        }
    }

    PrefixIndex family(AddressNumber address) {
        return address.isIpv4() ? ipv4 : ipv6;
    }
}
