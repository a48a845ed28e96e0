// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import sluice.netlink.nftables.Table;

/**
 * The owner of the table: none, so that every program with CAP_NET_ADMIN may change it, or the socket that made it
 * (docs/adr/0008-own-table.md). When the owner is gone every program may change it, and the next run becomes its owner.
 */
final class TableOwnership {
    /** The flags of an owned table. */
    static final int FLAGS = Table.OWNED | Table.PERSISTENT;

    private final int flags;
    private boolean unsupported;

    /** With {@link #FLAGS}, or, for tests, with flags that the kernel refuses. */
    TableOwnership(int flags) {
        this.flags = flags;
    }

    /** The kernel has refused an owned table. */
    void refused() {
        unsupported = true;
    }

    boolean isUnsupported() {
        return unsupported;
    }

    /** The table as it is made for a blueprint. */
    Table table(Blueprint blueprint) {
        return blueprint.ownTable() && !unsupported ? RulesetComposer.TABLE.withFlags(flags) : RulesetComposer.TABLE;
    }

    /** Whether the kernel can only make this table of the one that is there by making it anew. */
    static boolean isMadeAnew(Table present, Table wanted) {
        boolean heir = wanted.has(FLAGS) && present.has(Table.PERSISTENT) && present.owner() == 0;
        return !heir && ((present.flags() ^ wanted.flags()) & FLAGS) != 0;
    }
}
