// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFNLGRP_NFTABLES;
import static sluice.netlink.nftables.NftablesConstants.NFNL_SUBSYS_NFTABLES;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_ELEMENTS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_SET;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_GETCHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_GETGEN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_GETRULE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_GETSET;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_GETSETELEM;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_GETTABLE;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.linux.Errno;
import sluice.netlink.Batch;
import sluice.netlink.Decoder;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;
import sluice.netlink.NetlinkSocket;
import sluice.netlink.Protocol;
import sluice.netlink.Request;
import sluice.netlink.Subscription;

/**
 * The nftables ruleset of the network namespace in which it was opened. Belongs to one thread. Changing anything needs
 * CAP_NET_ADMIN: {@link NetlinkException.PermissionDenied} otherwise.
 */
public final class Nftables implements AutoCloseable {
    private static final int DUMP_ATTEMPTS = 50;

    private final NetlinkSocket socket;
    private final Batch batch = new Batch();
    private @Nullable Transaction current;

    private Nftables(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket. */
    public static Nftables open() throws IOException {
        return new Nftables(NetlinkSocket.open(Protocol.NETFILTER));
    }

    /** Notifications of whatever anybody changes in a table, from now on; see {@link NftEvent}. */
    public static Subscription<NftEvent> subscribe(Table table) throws IOException {
        return Subscription.open(
                Protocol.NETFILTER,
                (message, into) -> NftEvent.decode(message, table, into),
                new NftEvent.Lost(),
                NFNLGRP_NFTABLES);
    }

    /** {@link NftEvent#portId()} of the changes made here. */
    public int portId() {
        return socket.portId();
    }

    /** Starts a transaction; one that was started before and not committed is void. */
    public Transaction transaction() {
        return transaction(0);
    }

    /**
     * Starts a transaction that fails with {@link NetlinkException.Busy} if the ruleset is not that of
     * {@code generation} any more.
     */
    public Transaction transaction(int generation) {
        batch.start(NFNL_SUBSYS_NFTABLES, socket.nextSequence(), generation);
        var transaction = new Transaction(this, batch);
        current = transaction;
        return transaction;
    }

    void requireCurrent(Transaction transaction) {
        if (current != transaction) {
            throw new IllegalStateException("the transaction is over: start another");
        }
    }

    void commit(Transaction transaction, Batch filled) throws IOException {
        requireCurrent(transaction);
        current = null;
        socket.commit(filled);
    }

    /** The ruleset's generation: a number that each transaction of anybody increases. */
    public int generation() throws IOException {
        var request = new Get(NFT_MSG_GETGEN, "read the ruleset's generation", w -> w.netfilterHeader(0, 0));
        Decoder<Integer> decoder =
                (message, into) -> into.add(NftEvent.Generation.of(message).id());
        return socket.query(request, decoder).getFirst();
    }

    /** All tables of all families. */
    public List<Table> tables() throws IOException {
        var request = new Get(NFT_MSG_GETTABLE, "list tables", w -> w.netfilterHeader(0, 0));
        return socket.dump(request, (message, into) -> into.add(Table.decode(message)));
    }

    /** The chains of a table. */
    public List<Chain> chains(Table table) throws IOException {
        var request = new Get(
                NFT_MSG_GETCHAIN,
                "list chains of " + table,
                w -> w.netfilterHeader(table.family().number(), 0).string(NFTA_CHAIN_TABLE, table.name()));
        Decoder<Chain> decoder = (message, into) -> {
            if (table.owns(message)) {
                into.add(Chain.decode(message));
            }
        };
        return socket.dump(request, decoder);
    }

    /** The chains of all tables of all families, by their names alone. */
    public List<ChainName> chainNames() throws IOException {
        var request = new Get(NFT_MSG_GETCHAIN, "list all chains", w -> w.netfilterHeader(0, 0));
        return socket.dump(request, (message, into) -> into.add(ChainName.decode(message)));
    }

    /** The sets and maps of a table, anonymous ones too. */
    public List<NftSet> sets(Table table) throws IOException {
        var request = new Get(
                NFT_MSG_GETSET,
                "list sets of " + table,
                w -> w.netfilterHeader(table.family().number(), 0).string(NFTA_SET_TABLE, table.name()));
        return socket.dump(request, (message, into) -> into.add(NftSet.decode(message)));
    }

    /**
     * The elements of a set or map with their figures, in no order.
     *
     * <p>A dump of a hash that is being resized gives some elements twice and as many not at all (nft_rhash_walk counts its
     * way through the table anew for each datagram), and the kernel does not say so. Then it starts again.
     *
     * @throws NetlinkException.Busy if the set never stood still
     */
    public List<Element> elements(NftSet set) throws IOException {
        var request = new Get(NFT_MSG_GETSETELEM, "list elements of " + set, w -> elementsHeader(w, set));
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            var elements = socket.<Element>dump(request, (message, into) -> into.addAll(Element.decodeAll(message)));
            if (allDifferent(elements)) {
                return elements;
            }
        }
        throw NetlinkException.of(request.describe(), Errno.EAGAIN, "");
    }

    private static boolean allDifferent(List<Element> elements) {
        var keys = HashSet.<Value>newHashSet(elements.size());
        var ends = new HashSet<Value>();
        for (var element : elements) {
            if (!(element.bound() == Element.Bound.END ? ends : keys).add(element.key())) {
                return false;
            }
        }
        return true;
    }

    /**
     * One element with its figures; from a set of intervals the start of the interval that holds the key.
     *
     * @throws NetlinkException.Absent if it is not there
     */
    public Element element(NftSet set, Value key) throws IOException {
        var request = new Get(NFT_MSG_GETSETELEM, "read element " + key + " of " + set, w -> {
            elementsHeader(w, set);
            int list = w.beginNested(NFTA_SET_ELEM_LIST_ELEMENTS);
            Element.of(key).encode(w);
            w.endNested(list);
        });
        return socket.<Element>query(request, (message, into) -> into.addAll(Element.decodeAll(message)))
                .getFirst();
    }

    private static void elementsHeader(MessageWriter writer, NftSet set) {
        writer.netfilterHeader(set.family().number(), 0);
        writer.string(NFTA_SET_ELEM_LIST_TABLE, set.table());
        writer.string(NFTA_SET_ELEM_LIST_SET, set.name());
    }

    /** The rules of a table in order, chain by chain, with their handles; anonymous sets are put back into them. */
    public List<Rule> rules(Table table) throws IOException {
        var request = new Get(
                NFT_MSG_GETRULE,
                "list rules of " + table,
                w -> w.netfilterHeader(table.family().number(), 0).string(NFTA_RULE_TABLE, table.name()));
        var rules = socket.<Rule>dump(request, (message, into) -> into.add(Rule.decode(message)));
        var anonymous = anonymousSets(table);
        return anonymous.isEmpty()
                ? rules
                : rules.stream().map(rule -> resolved(rule, anonymous)).toList();
    }

    private Map<String, SetReference> anonymousSets(Table table) throws IOException {
        var result = new HashMap<String, SetReference>();
        for (var set : sets(table)) {
            if (set.isAnonymous()) {
                result.put(set.name(), new SetReference.Anonymous(set.key(), set.data(), elements(set)));
            }
        }
        return result;
    }

    private static Rule resolved(Rule rule, Map<String, SetReference> anonymous) {
        var expressions = new ArrayList<Expression>(rule.expressions().size());
        for (var expression : rule.expressions()) {
            if (expression instanceof Lookup lookup && lookup.set() instanceof SetReference.Named named) {
                expressions.add(lookup.in(anonymous.getOrDefault(named.name(), named)));
            } else {
                expressions.add(expression);
            }
        }
        return rule.with(expressions);
    }

    @Override
    public void close() {
        socket.close();
    }

    private record Get(int message, String describe, Consumer<MessageWriter> body) implements Request {
        @Override
        public int type() {
            return NFNL_SUBSYS_NFTABLES << 8 | message;
        }

        @Override
        public void encode(MessageWriter writer) {
            body.accept(writer);
        }
    }
}
