// SPDX-License-Identifier: Apache-2.0
/**
 * nftables over netlink (linux/netfilter/nf_tables.h): tables, chains, rules, sets, maps and their elements as records, the
 * expressions rules are made of, transactions, dumps and notifications. Byte layouts and user data are those of nft(8), so
 * that {@code nft list ruleset} prints what is made here as if nft had made it.
 *
 * <pre>{@code
 * try (var nftables = Nftables.open()) {
 *     var table = Table.inet("sluice");
 *     var marks = table.map("marks", DataType.CGROUP, DataType.MARK).withCounter();
 *     var output = table.baseChain("output", new BaseChain(BaseChain.Type.ROUTE, Hook.OUTPUT, -150, Verdict.ACCEPT));
 *     nftables.transaction()
 *             .add(table).delete(table).add(table)     // replaces whatever was there
 *             .add(marks)
 *             .add(output)
 *             .add(Rule.in(output).ctReply().verdict(Verdict.RETURN).build())
 *             .add(Rule.in(output).setMarkByCgroup(3, marks).build())
 *             .addElements(marks, List.of(Element.of(Value.cgroup(42), Value.mark(3000)).withComment("/app.slice")))
 *             .commit();
 * }
 * }</pre>
 */
@NullMarked
package sluice.netlink.nftables;

import org.jspecify.annotations.NullMarked;
