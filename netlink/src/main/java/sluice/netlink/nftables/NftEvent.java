// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFNL_SUBSYS_NFTABLES;
import static sluice.netlink.nftables.NftablesConstants.NFTA_GEN_ID;
import static sluice.netlink.nftables.NftablesConstants.NFTA_GEN_PROC_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFTA_GEN_PROC_PID;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_SET;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELCHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELRULE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELSET;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELSETELEM;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELTABLE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWCHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWGEN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWRULE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWSET;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWSETELEM;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWTABLE;

import java.util.List;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * What was changed in a table, by whom: notifications of the kernel, in the order of the changes; a {@link Generation} ends each transaction,
 * also one that concerns other tables.
 */
public sealed interface NftEvent {
    /** The netlink port of the socket that made the change; compare {@link Nftables#portId()}. */
    int portId();

    /** A table came or went. */
    record TableChanged(boolean added, Table table, int portId) implements NftEvent {}

    /** A chain came or went. */
    record ChainChanged(boolean added, Chain chain, int portId) implements NftEvent {}

    /** A rule came or went. */
    record RuleChanged(boolean added, Rule rule, int portId) implements NftEvent {}

    /** A set or map came or went. */
    record SetChanged(boolean added, NftSet set, int portId) implements NftEvent {}

    /** Elements came or went; those that went carry their last figures. */
    record ElementsChanged(boolean added, String set, List<Element> elements, int portId) implements NftEvent {}

    /** A transaction is complete. */
    record Generation(int id, int processId, String processName, int portId) implements NftEvent {
        static Generation of(Messages message) throws NetlinkException.Malformed {
            int id = 0;
            int process = 0;
            var name = "";
            var attributes = message.attributes(NFGENMSG_LENGTH);
            while (attributes.next()) {
                switch (attributes.type()) {
                    case NFTA_GEN_ID -> id = attributes.u32Big();
                    case NFTA_GEN_PROC_PID -> process = attributes.u32Big();
                    case NFTA_GEN_PROC_NAME -> name = attributes.string();
                    default -> {}
                }
            }
            return new Generation(id, process, name, message.portId());
        }
    }

    /** The kernel had to drop notifications: read everything anew. */
    record Lost() implements NftEvent {
        @Override
        public int portId() {
            return 0;
        }
    }

    /** Appends the event of a notification; nothing for other tables, whatever is in them, and for objects not known here. */
    static void decode(Messages message, Table table, List<NftEvent> into) throws NetlinkException.Malformed {
        if (message.type() >>> 8 != NFNL_SUBSYS_NFTABLES) {
            return;
        }
        int port = message.portId();
        int type = message.type() & 0xff;
        if (type != NFT_MSG_NEWGEN && !table.owns(message)) {
            return;
        }
        switch (type) {
            case NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE ->
                into.add(new TableChanged(type == NFT_MSG_NEWTABLE, Table.decode(message), port));
            case NFT_MSG_NEWCHAIN, NFT_MSG_DELCHAIN ->
                into.add(new ChainChanged(type == NFT_MSG_NEWCHAIN, Chain.decode(message), port));
            case NFT_MSG_NEWRULE, NFT_MSG_DELRULE ->
                into.add(new RuleChanged(type == NFT_MSG_NEWRULE, Rule.decode(message), port));
            case NFT_MSG_NEWSET, NFT_MSG_DELSET ->
                into.add(new SetChanged(type == NFT_MSG_NEWSET, NftSet.decode(message), port));
            case NFT_MSG_NEWSETELEM, NFT_MSG_DELSETELEM ->
                into.add(elements(message, type == NFT_MSG_NEWSETELEM, port));
            case NFT_MSG_NEWGEN -> into.add(Generation.of(message));
            default -> {}
        }
    }

    private static NftEvent elements(Messages message, boolean added, int port) throws NetlinkException.Malformed {
        var set = "";
        var attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            if (attributes.type() == NFTA_SET_ELEM_LIST_SET) {
                set = attributes.string();
            }
        }
        return new ElementsChanged(added, set, Element.decodeAll(message), port);
    }
}
