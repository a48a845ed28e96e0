// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The set that a rule looks something up in. */
public sealed interface SetReference {
    /**
     * A set of the rule's table.
     *
     * @param id of an anonymous set within its transaction; otherwise 0
     */
    record Named(String name, int id) implements SetReference {}

    /**
     * An anonymous set, made and removed with the rule: {@code { tcp, udp }} in nft's grammar.
     *
     * @param data null for a set, the type of the data for a map
     * @param elements in the order of their keys
     */
    record Anonymous(DataType key, @Nullable DataType data, List<Element> elements) implements SetReference {
        public Anonymous {
            elements =
                    elements.stream().sorted(Comparator.comparing(Element::key)).toList();
        }
    }

    /** A set of the rule's table. */
    static SetReference named(String name) {
        return new Named(name, 0);
    }
}
