// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_CHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_EXPRESSIONS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_HANDLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_USERDATA;

import java.util.List;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A rule; {@link #in} builds one in words close to nft's.
 *
 * @param family of its table
 * @param table its table's name
 * @param chain its chain's name
 * @param handle the kernel's number of it, by which it is deleted; 0 for one not sent yet
 * @param expressions what it does, in order
 * @param comment shown by nft; empty for none
 */
public record Rule(
        Family family, String table, String chain, long handle, List<Expression> expressions, String comment) {
    public Rule {
        expressions = List.copyOf(expressions);
        UserData.checked(comment);
    }

    /** Starts a rule of that chain. */
    public static RuleBuilder in(Chain chain) {
        return new RuleBuilder(chain);
    }

    /** Without what the kernel gives it or changes: handle and figures. Two rules that do the same are then equal. */
    public Rule withoutState() {
        return new Rule(
                family,
                table,
                chain,
                0,
                expressions.stream()
                        .map(expression -> expression instanceof Counter ? Counter.ZERO : expression)
                        .toList(),
                comment);
    }

    Rule with(List<Expression> others) {
        return new Rule(family, table, chain, handle, others, comment);
    }

    void encodeName(MessageWriter writer) {
        writer.netfilterHeader(family.number(), 0);
        writer.string(NFTA_RULE_TABLE, table);
        writer.string(NFTA_RULE_CHAIN, chain);
    }

    void encodeHandle(MessageWriter writer) {
        encodeName(writer);
        writer.u64Big(NFTA_RULE_HANDLE, handle);
    }

    void encodeBody(MessageWriter writer) {
        Expression.encodeList(writer, NFTA_RULE_EXPRESSIONS, expressions);
        new UserData().comment(UserData.COMMENT, comment).encode(writer, NFTA_RULE_USERDATA);
    }

    @Override
    public String toString() {
        var label = comment.isEmpty() ? "" : " \"" + comment + '"';
        return "rule" + (handle == 0 ? "" : " " + handle) + label + " of chain " + chain + " of " + family + " "
                + table;
    }

    static Rule decode(Messages message) throws NetlinkException.Malformed {
        var table = "";
        var chain = "";
        long handle = 0;
        List<Expression> expressions = List.of();
        var comment = "";
        var attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_RULE_TABLE -> table = attributes.string();
                case NFTA_RULE_CHAIN -> chain = attributes.string();
                case NFTA_RULE_HANDLE -> handle = attributes.u64Big();
                case NFTA_RULE_EXPRESSIONS -> expressions = Expression.decodeList(attributes);
                case NFTA_RULE_USERDATA -> comment = UserData.foundComment(attributes.bytes(), UserData.COMMENT);
                default -> {}
            }
        }
        return new Rule(Family.of(message.header8(0)), table, chain, handle, expressions, comment);
    }
}
