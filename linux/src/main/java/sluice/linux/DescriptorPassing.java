// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends and receives open files along with datagrams over unix sockets (SCM_RIGHTS, unix(7)), as systemd's descriptor store wants
 * them. Stateless.
 */
public final class DescriptorPassing {
    /** SCM_MAX_FD: more do not fit into one message. */
    public static final int MAXIMUM = 253;

    // struct msghdr, iovec and cmsghdr of an LP64 kernel, behind the address at the scratch's beginning.
    private static final int MESSAGE = 256;
    private static final int IOVEC = 320;
    private static final int CONTROL = 512;
    private static final int CONTROL_HEADER_BYTES = 16;

    private DescriptorPassing() {}

    /**
     * Sends one message with the descriptors; the receiver gets duplicates.
     *
     * @param message direct, not empty; it advances by the result
     * @param descriptors at most {@link #MAXIMUM}; they stay the caller's
     * @return bytes sent, or {@link NativeSocket#WOULD_BLOCK}
     */
    public static int send(
            NativeSocket socket, ByteBuffer message, Address destination, List<FileDescriptor> descriptors)
            throws SystemCallException {
        if (descriptors.size() > MAXIMUM) {
            throw new IllegalArgumentException(descriptors.size() + " descriptors, the kernel takes " + MAXIMUM);
        }
        var frame = CallFrame.current();
        int length = SockAddr.write(destination, frame.scratch);
        int control = descriptors.isEmpty() ? 0 : CONTROL_HEADER_BYTES + Integer.BYTES * descriptors.size();
        describe(frame, message, length, control);
        frame.scratch.putLong(CONTROL, control);
        frame.scratch.putInt(CONTROL + 8, SocketConstants.SOL_SOCKET);
        frame.scratch.putInt(CONTROL + 12, SocketConstants.SCM_RIGHTS);
        for (int i = 0; i < descriptors.size(); i++) {
            int at = CONTROL + CONTROL_HEADER_BYTES + Integer.BYTES * i;
            frame.scratch.putInt(at, descriptors.get(i).number());
        }
        long result;
        try {
            do {
                result = SocketCalls.sendmsg(
                        frame, socket.descriptor().number(), frame.address + MESSAGE, SocketConstants.MSG_NOSIGNAL);
            } while (result == -Errno.EINTR);
        } finally {
            Reference.reachabilityFence(message);
        }
        return finish(result, message, "send descriptors to", socket);
    }

    /**
     * Receives one message; the buffer advances by its length.
     *
     * @param message direct
     * @return the descriptors that came along, close-on-exec; the caller owns them
     * @throws SystemCallException EMSGSIZE when the message or its descriptors were cut off; none is left open then
     */
    public static List<FileDescriptor> receive(NativeSocket socket, ByteBuffer message) throws SystemCallException {
        var frame = CallFrame.current();
        int control = CONTROL_HEADER_BYTES + Integer.BYTES * MAXIMUM;
        describe(frame, message, 0, control);
        long result;
        try {
            do {
                result = SocketCalls.recvmsg(
                        frame, socket.descriptor().number(), frame.address + MESSAGE, SocketConstants.MSG_CMSG_CLOEXEC);
            } while (result == -Errno.EINTR);
        } finally {
            Reference.reachabilityFence(message);
        }
        int count = finish(result, message, "receive descriptors from", socket);
        var received = count < 0 ? List.<FileDescriptor>of() : received(frame);
        int cutOff = SocketConstants.MSG_TRUNC | SocketConstants.MSG_CTRUNC;
        if (count >= 0 && (frame.scratch.getInt(MESSAGE + 48) & cutOff) != 0) {
            received.forEach(FileDescriptor::close);
            throw SystemCallException.of(
                    "receive descriptors from", socket.descriptor().name(), Errno.EMSGSIZE);
        }
        return received;
    }

    private static void describe(CallFrame frame, ByteBuffer data, int addressLength, int controlLength) {
        frame.scratch.putLong(MESSAGE, addressLength == 0 ? 0 : frame.address);
        frame.scratch.putLong(MESSAGE + 8, addressLength);
        frame.scratch.putLong(MESSAGE + 16, frame.address + IOVEC);
        frame.scratch.putLong(MESSAGE + 24, 1);
        frame.scratch.putLong(MESSAGE + 32, controlLength == 0 ? 0 : frame.address + CONTROL);
        frame.scratch.putLong(MESSAGE + 40, controlLength);
        frame.scratch.putLong(MESSAGE + 48, 0);
        frame.scratch.putLong(IOVEC, new DirectMemory().address(data));
        frame.scratch.putLong(IOVEC + 8, data.remaining());
    }

    private static List<FileDescriptor> received(CallFrame frame) {
        var received = new ArrayList<FileDescriptor>();
        boolean rights = frame.scratch.getLong(MESSAGE + 40) >= CONTROL_HEADER_BYTES
                && frame.scratch.getInt(CONTROL + 8) == SocketConstants.SOL_SOCKET
                && frame.scratch.getInt(CONTROL + 12) == SocketConstants.SCM_RIGHTS;
        long length = rights ? frame.scratch.getLong(CONTROL) : 0;
        for (int at = CONTROL_HEADER_BYTES; at + Integer.BYTES <= length; at += Integer.BYTES) {
            received.add(new FileDescriptor(frame.scratch.getInt(CONTROL + at), "received descriptor"));
        }
        return received;
    }

    private static int finish(long result, ByteBuffer message, String operation, NativeSocket socket)
            throws SystemCallException {
        if (result == -Errno.EAGAIN) {
            return NativeSocket.WOULD_BLOCK;
        }
        int count = (int) check(result, operation, socket.descriptor().name());
        message.position(message.position() + count);
        return count;
    }
}
