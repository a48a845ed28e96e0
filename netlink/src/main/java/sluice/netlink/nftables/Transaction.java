// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.NetlinkConstants.NLM_F_APPEND;
import static sluice.netlink.NetlinkConstants.NLM_F_CREATE;
import static sluice.netlink.NetlinkConstants.NLM_F_EXCL;
import static sluice.netlink.NetlinkConstants.NLM_F_REPLACE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_CHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_HANDLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_POSITION;
import static sluice.netlink.nftables.NftablesConstants.NFTA_RULE_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_ELEMENTS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_SET;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_SET_ID;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_TABLE_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELCHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELRULE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELSET;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELSETELEM;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_DELTABLE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWCHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWRULE;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWSET;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWSETELEM;
import static sluice.netlink.nftables.NftablesConstants.NFT_MSG_NEWTABLE;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.Batch;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Changes that take effect together or not at all, in the order they are given: later ones see what earlier ones did.
 * Adding what is there already changes nothing. Nothing is sent before {@link #commit}; a transaction is used once, by the
 * thread that owns its {@link Nftables}, and only one at a time per {@code Nftables}.
 */
public final class Transaction {
    private static final String ANONYMOUS_SET = "__set%d";
    private static final String ANONYMOUS_MAP = "__map%d";

    private final Nftables nftables;
    private final Batch batch;
    private int lastSetId;

    Transaction(Nftables nftables, Batch batch) {
        this.nftables = nftables;
        this.batch = batch;
    }

    /** Adds a table. */
    public Transaction add(Table table) {
        table.encode(message(NFT_MSG_NEWTABLE, NLM_F_CREATE, "add", table));
        return end();
    }

    /** Adds a table that must not exist yet: {@link NetlinkException.Exists} otherwise. */
    public Transaction create(Table table) {
        table.encode(message(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, "create", table));
        return end();
    }

    /** Adds a chain. */
    public Transaction add(Chain chain) {
        chain.encode(message(NFT_MSG_NEWCHAIN, NLM_F_CREATE, "add", chain));
        return end();
    }

    /** Adds a set or map. */
    public Transaction add(NftSet set) {
        set.encode(message(NFT_MSG_NEWSET, NLM_F_CREATE, "add", set), ++lastSetId, 0);
        return end();
    }

    /** Adds a rule at its chain's end. */
    public Transaction add(Rule rule) {
        return rule(rule, NLM_F_CREATE | NLM_F_APPEND, "add", 0, 0);
    }

    /** Adds a rule at its chain's start. */
    public Transaction insert(Rule rule) {
        return rule(rule, NLM_F_CREATE, "insert", 0, 0);
    }

    /** Adds a rule in front of the one with that handle. */
    public Transaction insert(Rule rule, long beforeHandle) {
        return rule(rule, NLM_F_CREATE, "insert", NFTA_RULE_POSITION, beforeHandle);
    }

    /** Puts a rule in the place of the one with that handle. */
    public Transaction replace(Rule rule, long handle) {
        return rule(rule, NLM_F_REPLACE, "replace", NFTA_RULE_HANDLE, handle);
    }

    private Transaction rule(Rule rule, int flags, String verb, int reference, long handle) {
        var resolved = rule.with(withAnonymousSets(rule));
        var writer = message(NFT_MSG_NEWRULE, flags, verb, rule);
        resolved.encodeName(writer);
        if (reference != 0) {
            writer.u64Big(reference, handle);
        }
        resolved.encodeBody(writer);
        return end();
    }

    /** Sends the rule's anonymous sets ahead of it, for the kernel to find by number. */
    private List<Expression> withAnonymousSets(Rule rule) {
        var result = new ArrayList<Expression>(rule.expressions().size());
        for (var expression : rule.expressions()) {
            if (expression instanceof Lookup lookup && lookup.set() instanceof SetReference.Anonymous anonymous) {
                result.add(lookup.in(addAnonymous(rule, anonymous)));
            } else {
                result.add(expression);
            }
        }
        return result;
    }

    private SetReference.Named addAnonymous(Rule rule, SetReference.Anonymous anonymous) {
        var set = new NftSet(
                rule.family(),
                rule.table(),
                anonymous.data() == null ? ANONYMOUS_SET : ANONYMOUS_MAP,
                anonymous.key(),
                anonymous.data(),
                NftSet.ANONYMOUS | NftSet.CONSTANT,
                0,
                false,
                "");
        int id = ++lastSetId;
        set.encode(
                message(NFT_MSG_NEWSET, NLM_F_CREATE, "add", set),
                id,
                anonymous.elements().size());
        end();
        elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, "add", set, anonymous.elements(), id);
        return new SetReference.Named(set.name(), id);
    }

    /** Adds elements; one that is there already stays as it is, unless its data differ: {@link NetlinkException.Exists}. */
    public Transaction addElements(NftSet set, List<Element> elements) {
        return elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, "add", set, elements, 0);
    }

    /** Removes elements: {@link NetlinkException.Absent} if one is not there. Only keys count. */
    public Transaction deleteElements(NftSet set, List<Element> elements) {
        return elements(NFT_MSG_DELSETELEM, 0, "delete", set, elements, 0);
    }

    /** Removes all elements. */
    public Transaction flush(NftSet set) {
        var writer = message(NFT_MSG_DELSETELEM, 0, "flush", set);
        elementListHeader(writer, set, 0);
        return end();
    }

    private Transaction elements(int type, int flags, String verb, NftSet set, List<Element> elements, int setId) {
        nftables.requireCurrent(this);
        int next = 0;
        while (next < elements.size()) {
            var writer = batch.message(type, flags, new ElementsPart(verb, set, elements, next));
            elementListHeader(writer, set, setId);
            int list = writer.beginNested(NFTA_SET_ELEM_LIST_ELEMENTS);
            while (next < elements.size()) {
                int start = writer.position();
                elements.get(next).encode(writer);
                if (writer.position() - list > MessageWriter.MAXIMUM_ATTRIBUTE) {
                    writer.rewind(start);
                    break;
                }
                next++;
            }
            writer.endNested(list);
            end();
        }
        return this;
    }

    private static void elementListHeader(MessageWriter writer, NftSet set, int setId) {
        writer.netfilterHeader(set.family().number(), 0);
        writer.string(NFTA_SET_ELEM_LIST_TABLE, set.table());
        writer.string(NFTA_SET_ELEM_LIST_SET, set.name());
        if (setId != 0) {
            writer.u32Big(NFTA_SET_ELEM_LIST_SET_ID, setId);
        }
    }

    /** Removes a table with all there is in it. */
    public Transaction delete(Table table) {
        var writer = message(NFT_MSG_DELTABLE, 0, "delete", table);
        writer.netfilterHeader(table.family().number(), 0);
        writer.string(NFTA_TABLE_NAME, table.name());
        return end();
    }

    /** Removes a chain, which must have no rules: {@link NetlinkException.Busy} otherwise. */
    public Transaction delete(Chain chain) {
        chain.encodeName(message(NFT_MSG_DELCHAIN, 0, "delete", chain));
        return end();
    }

    /** Removes a chain's rules. */
    public Transaction flush(Chain chain) {
        var writer = message(NFT_MSG_DELRULE, 0, "flush", chain);
        writer.netfilterHeader(chain.family().number(), 0);
        writer.string(NFTA_RULE_TABLE, chain.table());
        writer.string(NFTA_RULE_CHAIN, chain.name());
        return end();
    }

    /** Removes a rule that was dumped, by its handle. */
    public Transaction delete(Rule rule) {
        if (rule.handle() == 0) {
            throw new IllegalArgumentException("without a handle, delete " + rule);
        }
        rule.encodeHandle(message(NFT_MSG_DELRULE, 0, "delete", rule));
        return end();
    }

    /** Removes a set with its elements; no rule may use it: {@link NetlinkException.Busy} otherwise. */
    public Transaction delete(NftSet set) {
        set.encodeName(message(NFT_MSG_DELSET, 0, "delete", set));
        return end();
    }

    /** Whether nothing was added to it. */
    public boolean isEmpty() {
        return batch.size() == 0;
    }

    /**
     * Sends it; on return all of it is in force. An empty one is not sent.
     *
     * @throws NetlinkException if the kernel refused it, describing the first change that failed; nothing has changed then
     */
    public void commit() throws IOException {
        nftables.commit(this, batch);
    }

    private MessageWriter message(int type, int flags, String verb, Object object) {
        nftables.requireCurrent(this);
        return batch.message(type, flags, culprit -> verb + " " + object);
    }

    private Transaction end() {
        batch.endMessage();
        return this;
    }

    private record ElementsPart(String verb, NftSet set, List<Element> elements, int first) implements Batch.Part {
        @Override
        public String describe(@Nullable Attributes culprit) {
            var to = "add".equals(verb) ? " to " : " from ";
            if (culprit != null) {
                try {
                    return verb + " element " + Element.decode(culprit) + to + set;
                } catch (NetlinkException.Malformed | IllegalArgumentException e) {
                    // The kernel points at something else of the message.
                }
            }
            if (elements.size() == 1) {
                return verb + " element " + elements.getFirst() + to + set;
            }
            return verb + " elements from number " + first + " of " + elements.size() + to + set;
        }
    }
}
