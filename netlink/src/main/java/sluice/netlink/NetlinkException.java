// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import java.io.IOException;
import sluice.linux.Errno;

/**
 * The kernel refused a netlink request, or its answer made no sense. The message reads {@code operation: ENAME: the
 * kernel's own words: what to do}. Callers match the nested types; other errors are this class itself. Immutable.
 */
public class NetlinkException extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;
    private final String operation;
    private final String kernelText;

    private NetlinkException(String operation, int errno, String kernelText, String hint) {
        super(operation + ": " + name(errno) + ": " + (kernelText.isEmpty() ? "" : kernelText + ": ") + hint);
        this.errno = errno;
        this.operation = operation;
        this.kernelText = kernelText;
    }

    /** ENOENT, ESRCH, ENODEV: what the request names is not there (any more). */
    public static final class Absent extends NetlinkException {
        private static final long serialVersionUID = 1;

        private Absent(String operation, int errno, String kernelText) {
            super(operation, errno, kernelText, "it, or something it refers to, is not there (any more)");
        }
    }

    /** EEXIST: what the request would make exists already, or differs from what is there. */
    public static final class Exists extends NetlinkException {
        private static final long serialVersionUID = 1;

        private Exists(String operation, int errno, String kernelText) {
            super(operation, errno, kernelText, "it is there already; delete or adopt it first");
        }
    }

    /** EPERM, EACCES: CAP_NET_ADMIN in the user namespace that owns the network namespace is missing. */
    public static final class PermissionDenied extends NetlinkException {
        private static final long serialVersionUID = 1;

        private PermissionDenied(String operation, int errno, String kernelText) {
            super(operation, errno, kernelText, "it needs CAP_NET_ADMIN; run as root or grant it in the unit file");
        }
    }

    /** EBUSY, EAGAIN, EINTR, ERESTART: in use, or the ruleset's generation is not the expected one; nothing was changed. */
    public static final class Busy extends NetlinkException {
        private static final long serialVersionUID = 1;

        private Busy(String operation, int errno, String kernelText) {
            super(operation, errno, kernelText, "it is in use or was changed meanwhile; read it again and retry");
        }
    }

    /** ENOBUFS: the socket's receive buffer overflowed and messages are gone; read everything anew. */
    public static final class Lost extends NetlinkException {
        private static final long serialVersionUID = 1;

        Lost(String operation) {
            super(
                    operation,
                    Errno.ENOBUFS,
                    "",
                    "the receive buffer overflowed and messages are lost; read everything anew");
        }
    }

    /** EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT: this kernel lacks the family, object or expression. */
    public static final class Unsupported extends NetlinkException {
        private static final long serialVersionUID = 1;

        private Unsupported(String operation, int errno, String kernelText) {
            super(operation, errno, kernelText, "this kernel lacks a feature it needs; see 'sluice check kernel'");
        }
    }

    /** What came back is not what the protocol allows. */
    public static final class Malformed extends NetlinkException {
        private static final long serialVersionUID = 1;

        /** With what was found and what was expected. */
        public Malformed(String what) {
            super("read a netlink message", Errno.EPROTO, what, "it does not follow the protocol");
        }
    }

    /**
     * The exception for an error number.
     *
     * @param operation what was attempted on what, such as {@code add element 17 to map marks of inet sluice}
     * @param errno positive
     * @param kernelText the extended acknowledgement's text, or empty
     */
    public static NetlinkException of(String operation, int errno, String kernelText) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ESRCH, Errno.ENODEV -> new Absent(operation, errno, kernelText);
            case Errno.EEXIST -> new Exists(operation, errno, kernelText);
            case Errno.EPERM, Errno.EACCES -> new PermissionDenied(operation, errno, kernelText);
            case Errno.EBUSY, Errno.EAGAIN, Errno.EINTR, NetlinkConstants.ERESTART ->
                new Busy(operation, errno, kernelText);
            case Errno.ENOBUFS -> new Lost(operation);
            case Errno.EOPNOTSUPP, Errno.EPROTONOSUPPORT, Errno.EAFNOSUPPORT, Errno.ENOSYS ->
                new Unsupported(operation, errno, kernelText);
            default -> new NetlinkException(operation, errno, kernelText, hint(errno));
        };
    }

    private static String hint(int errno) {
        return switch (errno) {
            case Errno.EINVAL, Errno.ERANGE -> "the kernel refused a value in the request";
            case Errno.EMSGSIZE -> "the message is larger than the socket's send buffer; net.core.wmem_max limits it";
            default -> Errno.hint(errno);
        };
    }

    private static String name(int errno) {
        return errno == NetlinkConstants.ERESTART ? "ERESTART" : Errno.name(errno);
    }

    /** The positive error number. */
    public int errno() {
        return errno;
    }

    /** What was attempted, on what. */
    public String operation() {
        return operation;
    }

    /** What the kernel said in its extended acknowledgement; empty if nothing. */
    public String kernelText() {
        return kernelText;
    }
}
