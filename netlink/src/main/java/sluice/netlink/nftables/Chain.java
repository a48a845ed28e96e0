// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_HOOK;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_POLICY;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_TYPE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_USERDATA;
import static sluice.netlink.nftables.NftablesConstants.NFTA_HOOK_HOOKNUM;
import static sluice.netlink.nftables.NftablesConstants.NFTA_HOOK_PRIORITY;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A chain of rules.
 *
 * @param family of its table
 * @param table its table's name
 * @param base null for a chain that only other chains lead to
 * @param comment shown by nft; empty for none
 */
public record Chain(
        Family family, String table, String name, @Nullable BaseChain base, String comment) {
    public Chain {
        UserData.checked(comment);
    }

    public Chain withComment(String text) {
        return new Chain(family, table, name, base, text);
    }

    void encodeName(MessageWriter writer) {
        writer.netfilterHeader(family.number(), 0);
        writer.string(NFTA_CHAIN_TABLE, table);
        writer.string(NFTA_CHAIN_NAME, name);
    }

    void encode(MessageWriter writer) {
        encodeName(writer);
        if (base != null) {
            int hook = writer.beginNested(NFTA_CHAIN_HOOK);
            writer.u32Big(NFTA_HOOK_HOOKNUM, base.hook().number());
            writer.u32Big(NFTA_HOOK_PRIORITY, base.priority());
            writer.endNested(hook);
            writer.u32Big(NFTA_CHAIN_POLICY, base.policy().code());
            writer.string(NFTA_CHAIN_TYPE, base.type().name().toLowerCase(Locale.ROOT));
        }
        new UserData().comment(UserData.COMMENT, comment).encode(writer, NFTA_CHAIN_USERDATA);
    }

    static Chain decode(Messages message) throws NetlinkException.Malformed {
        var table = "";
        var name = "";
        var type = "";
        var policy = Verdict.ACCEPT;
        var comment = "";
        Attributes hook = null;
        var attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_CHAIN_TABLE -> table = attributes.string();
                case NFTA_CHAIN_NAME -> name = attributes.string();
                case NFTA_CHAIN_TYPE -> type = attributes.string();
                case NFTA_CHAIN_POLICY -> policy = attributes.u32Big() == 0 ? Verdict.DROP : Verdict.ACCEPT;
                case NFTA_CHAIN_HOOK -> hook = attributes.nested();
                case NFTA_CHAIN_USERDATA -> comment = UserData.foundComment(attributes.bytes(), UserData.COMMENT);
                default -> {}
            }
        }
        var base = hook == null ? null : base(type, hook, policy);
        return new Chain(Family.of(message.header8(0)), table, name, base, comment);
    }

    private static BaseChain base(String type, Attributes hook, Verdict policy) throws NetlinkException.Malformed {
        var where = Hook.PREROUTING;
        int priority = 0;
        while (hook.next()) {
            switch (hook.type()) {
                case NFTA_HOOK_HOOKNUM -> where = Wire.constant(Hook.values(), hook.u32Big());
                case NFTA_HOOK_PRIORITY -> priority = hook.u32Big();
                default -> {}
            }
        }
        for (var known : BaseChain.Type.values()) {
            if (known.name().equalsIgnoreCase(type)) {
                return new BaseChain(known, where, priority, policy);
            }
        }
        throw new NetlinkException.Malformed("a base chain of the unknown type " + type);
    }

    @Override
    public String toString() {
        return "chain " + name + " of " + family + " " + table;
    }
}
