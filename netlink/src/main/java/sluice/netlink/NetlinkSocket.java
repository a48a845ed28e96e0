// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.NLMSG_DONE;
import static sluice.netlink.NetlinkConstants.NLMSG_ERROR;
import static sluice.netlink.NetlinkConstants.NLM_F_ACK;
import static sluice.netlink.NetlinkConstants.NLM_F_DUMP;
import static sluice.netlink.NetlinkConstants.NLM_F_DUMP_INTR;
import static sluice.netlink.NetlinkConstants.NLM_F_REQUEST;
import static sluice.netlink.NetlinkConstants.SOL_NETLINK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import sluice.linux.Errno;
import sluice.linux.LimitReachedException;
import sluice.linux.NativeSocket;
import sluice.linux.NetlinkAddress;

/**
 * A netlink socket for requests and their answers (netlink(7)). The kernel answers inside sendto(2), so nothing here waits.
 * Belongs to one thread at a time. For notifications see {@link Subscription}.
 */
public final class NetlinkSocket implements AutoCloseable {
    /** Bounds only: the kernel takes memory as messages queue up. */
    private static final int BUFFER_LIMIT = 8 << 20;

    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final int DUMP_ATTEMPTS = 20;

    private final NativeSocket socket;
    private final Protocol protocol;
    private final int portId;
    private final MessageWriter requests = new MessageWriter(4096);
    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES).order(ByteOrder.nativeOrder());
    private int sequence = 1;
    private int sendLimit;

    private NetlinkSocket(NativeSocket socket, Protocol protocol) throws IOException {
        this.socket = socket;
        this.protocol = protocol;
        socket.nonBlocking(true);
        socket.option(SOL_NETLINK, NetlinkConstants.NETLINK_EXT_ACK, 1);
        socket.option(SOL_NETLINK, NetlinkConstants.NETLINK_CAP_ACK, 1);
        if (protocol == Protocol.ROUTE) {
            // Lets the kernel filter dumps, and refuse requests that it would misread otherwise.
            socket.option(SOL_NETLINK, NetlinkConstants.NETLINK_GET_STRICT_CHK, 1);
        }
        socket.receiveBuffer(BUFFER_LIMIT);
        socket.bind(NetlinkAddress.KERNEL);
        portId = ((NetlinkAddress) socket.localAddress()).portId();
    }

    /**
     * Opens a socket.
     *
     * @throws sluice.linux.UnsupportedException if the kernel lacks the protocol
     */
    public static NetlinkSocket open(Protocol protocol) throws IOException {
        var socket = NativeSocket.open(
                NetlinkConstants.AF_NETLINK, NetlinkConstants.SOCK_RAW, protocol.number(), "netlink " + protocol);
        try {
            return new NetlinkSocket(socket, protocol);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** The address the kernel gave this socket: notifications of what it changed carry it. */
    public int portId() {
        return portId;
    }

    /** Sends a request and returns when the kernel has done it. */
    public void acknowledged(Request request) throws IOException {
        query(request, (message, into) -> {});
    }

    /** Sends a request that is answered by one message and nothing else. */
    public <T> T single(Request request, Decoder<T> decoder) throws IOException {
        int expected = send(request, 0);
        var result = new ArrayList<T>(1);
        while (result.isEmpty()) {
            var messages = receive(request);
            while (messages.next()) {
                if (messages.sequence() != expected) {
                    continue;
                }
                if (messages.type() == NLMSG_ERROR) {
                    throwIfError(messages, request);
                    throw new NetlinkException.Malformed("no answer to: " + request.describe());
                }
                decoder.decode(messages, result);
            }
        }
        return result.getFirst();
    }

    /** Sends a request that is answered by messages and then an acknowledgement. */
    public <T> List<T> query(Request request, Decoder<T> decoder) throws IOException {
        int expected = send(request, NLM_F_ACK);
        var result = new ArrayList<T>();
        while (true) {
            var messages = receive(request);
            while (messages.next()) {
                if (messages.sequence() != expected) {
                    continue;
                }
                if (messages.type() == NLMSG_ERROR) {
                    throwIfError(messages, request);
                    return result;
                }
                decoder.decode(messages, result);
            }
        }
    }

    /**
     * Lists objects. Starts again when they changed meanwhile (NLM_F_DUMP_INTR), so that the result is consistent.
     *
     * @throws NetlinkException.Busy if they kept changing
     */
    public <T> List<T> dump(Request request, Decoder<T> decoder) throws IOException {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            var result = new ArrayList<T>();
            if (dumped(request, decoder, result)) {
                return result;
            }
        }
        throw NetlinkException.of(request.describe(), Errno.EINTR, "");
    }

    private <T> boolean dumped(Request request, Decoder<T> decoder, List<T> result) throws IOException {
        int expected = send(request, NLM_F_DUMP);
        boolean consistent = true;
        while (true) {
            var messages = receive(request);
            while (messages.next()) {
                if (messages.sequence() != expected) {
                    continue;
                }
                consistent &= (messages.flags() & NLM_F_DUMP_INTR) == 0;
                switch (messages.type()) {
                    case NLMSG_DONE -> {
                        if (messages.payloadLength() >= 4) {
                            throwIfError(messages, request);
                        }
                        return consistent;
                    }
                    case NLMSG_ERROR -> {
                        throwIfError(messages, request);
                        return consistent;
                    }
                    default -> {
                        if (consistent) {
                            decoder.decode(messages, result);
                        }
                    }
                }
            }
        }
    }

    /** The sequence number that the next batch should start with. */
    public int nextSequence() {
        return sequence;
    }

    /**
     * Sends a batch; on return all of it is in force. With an exception none of it is.
     *
     * @throws NetlinkException with the description of the first message that failed
     */
    public void commit(Batch batch) throws IOException {
        if (batch.size() == 0) {
            return;
        }
        send(batch.finish().written());
        sequence = batch.lastSequence() + 2;
        NetlinkException failure = null;
        boolean acknowledged = false;
        while (!acknowledged && receive()) {
            var messages = new Messages(received);
            while (messages.next()) {
                int answered = messages.sequence();
                if (messages.type() != NLMSG_ERROR
                        || answered - batch.firstSequence() < 0
                        || answered - batch.lastSequence() > 1) {
                    continue;
                }
                var answer = Acknowledgement.of(messages);
                if (answer.errno() != 0 && failure == null) {
                    failure = answer.failure(batch.describe(answered, answer.offset()));
                }
                acknowledged |= answered == batch.lastSequence();
            }
        }
        if (failure != null) {
            throw failure;
        }
        if (!acknowledged) {
            throw new NetlinkException.Malformed("no answer to " + batch.describe(batch.firstSequence(), 0));
        }
    }

    private int send(Request request, int flags) throws IOException {
        int number = sequence++;
        requests.clear();
        requests.begin(request.type(), NLM_F_REQUEST | flags | request.flags(), number);
        request.encode(requests);
        requests.end();
        send(requests.written());
        return number;
    }

    private void send(ByteBuffer message) throws IOException {
        if (message.remaining() > sendLimit) {
            // netlink_sendmsg refuses what is longer than the buffer less 32 bytes.
            sendLimit = socket.sendBuffer(message.remaining() + 4096) - 32;
        }
        socket.send(message);
    }

    private Messages receive(Request request) throws IOException {
        if (!receive()) {
            throw new NetlinkException.Malformed("no end of the answer to: " + request.describe());
        }
        return new Messages(received);
    }

    private boolean receive() throws IOException {
        received.clear();
        int length;
        try {
            length = socket.receive(received);
        } catch (LimitReachedException e) {
            var lost = new NetlinkException.Lost("receive from netlink " + protocol);
            lost.initCause(e);
            throw lost;
        }
        received.flip();
        if (length > received.limit()) {
            throw new NetlinkException.Malformed("a datagram of " + length + " bytes, more than " + received.limit());
        }
        return length != NativeSocket.WOULD_BLOCK;
    }

    private static void throwIfError(Messages message, Request request) throws IOException {
        var answer = Acknowledgement.of(message);
        if (answer.errno() != 0) {
            throw answer.failure(request.describe());
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
