// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.NFNL_BATCH_GENID;
import static sluice.netlink.NetlinkConstants.NFNL_MSG_BATCH_BEGIN;
import static sluice.netlink.NetlinkConstants.NFNL_MSG_BATCH_END;
import static sluice.netlink.NetlinkConstants.NLM_F_ACK;
import static sluice.netlink.NetlinkConstants.NLM_F_REQUEST;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Messages that the kernel applies all or not at all, sent with one system call (nfnetlink batches). Each message has a
 * {@link Part} that can say what it was, which costs nothing until the message fails. Belongs to one thread; reusable
 * after {@link #start}.
 */
public final class Batch {
    /** What a message of a batch does. */
    public interface Part {
        /**
         * Describes it for an error message.
         *
         * @param culprit standing on the attribute that the kernel complains about, if it named one
         */
        String describe(@Nullable Attributes culprit);
    }

    private final MessageWriter writer = new MessageWriter(16 * 1024);
    private Part[] parts = new Part[16];
    private int[] starts = new int[16];
    private int size;
    private int subsystem;
    private int sequence;

    /** An empty batch that {@link #start} begins. */
    public Batch() {}

    /**
     * Begins a batch for a subsystem of nfnetlink.
     *
     * @param firstSequence of the batch's first message
     * @param generation the ruleset's generation id the batch was planned on, or 0 for whatever it is
     */
    public void start(int subsystem, int firstSequence, int generation) {
        writer.clear();
        Arrays.fill(parts, 0, size, null);
        size = 0;
        this.subsystem = subsystem;
        sequence = firstSequence;
        writer.begin(NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, sequence).netfilterHeader(0, subsystem);
        if (generation != 0) {
            writer.u32Big(NFNL_BATCH_GENID, generation);
        }
        writer.end();
    }

    /** Begins a message; {@link #endMessage()} finishes it. */
    public MessageWriter message(int type, int flags, Part part) {
        if (size == parts.length) {
            parts = Arrays.copyOf(parts, size * 2);
            starts = Arrays.copyOf(starts, size * 2);
        }
        parts[size] = part;
        starts[size] = writer.position();
        size++;
        return writer.begin(subsystem << 8 | type, NLM_F_REQUEST | flags, sequence + size);
    }

    /** Finishes the message that was begun last. */
    public void endMessage() {
        writer.end();
    }

    /** Messages so far. */
    public int size() {
        return size;
    }

    /**
     * Completes the batch. Only its last message asks for an acknowledgement: the kernel answers inside sendto(2), failed
     * messages always first, so that one answer tells that all went well (nfnetlink_rcv_batch in net/netfilter/nfnetlink.c).
     */
    MessageWriter finish() {
        writer.addFlags(starts[size - 1], NLM_F_ACK);
        writer.begin(NFNL_MSG_BATCH_END, NLM_F_REQUEST, sequence + size + 1).netfilterHeader(0, subsystem);
        writer.end();
        return writer;
    }

    int firstSequence() {
        return sequence;
    }

    int lastSequence() {
        return sequence + size;
    }

    /** Describes the message with this sequence number, given the offset of the offending attribute or 0. */
    String describe(int failed, int offset) {
        int index = failed - sequence - 1;
        if (index < 0 || index >= size) {
            return "commit a transaction of " + size + (size == 1 ? " change" : " changes");
        }
        return parts[index].describe(culprit(index, offset));
    }

    private @Nullable Attributes culprit(int index, int offset) {
        var sent = writer.written();
        int end = index + 1 < size ? starts[index + 1] : sent.limit();
        int at = starts[index] + offset;
        if (offset < NetlinkConstants.NLMSG_HDRLEN || at >= end) {
            return null;
        }
        var attributes = new Attributes(sent, at, end);
        try {
            return attributes.next() ? attributes : null;
        } catch (NetlinkException.Malformed e) {
            return null;
        }
    }
}
