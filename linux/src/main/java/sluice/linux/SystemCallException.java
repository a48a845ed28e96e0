// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.io.IOException;

/**
 * The kernel refused an operation. The message reads {@code operation object: ENAME: what to do}.
 *
 * <p>Callers match a subclass ({@link NotFoundException}, {@link PermissionDeniedException}, …); errors that nobody tells
 * apart are this class itself. Immutable.
 */
public class SystemCallException extends IOException {
    private static final long serialVersionUID = 1;

    private final String operation;
    private final String object;
    private final int errno;
    private final String hint;

    /** Use {@link #of(String, String, int)}, which picks the subclass. */
    protected SystemCallException(String operation, String object, int errno, String hint) {
        super(operation + (object.isEmpty() ? "" : " " + object) + ": " + Errno.name(errno) + ": " + hint);
        this.operation = operation;
        this.object = object;
        this.errno = errno;
        this.hint = hint;
    }

    /** The exception for a positive error number, with the number's usual {@linkplain Errno#hint(int) hint}. */
    public static SystemCallException of(String operation, String object, int errno) {
        return of(operation, object, errno, Errno.hint(errno));
    }

    /**
     * The exception for a positive error number.
     *
     * @param operation what was attempted, such as {@code "add element"}
     * @param object what it was done to
     * @param hint the cause as far as known and what to do
     */
    public static SystemCallException of(String operation, String object, int errno, String hint) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ESRCH -> new NotFoundException(operation, object, errno, hint);
            case Errno.EPERM, Errno.EACCES -> new PermissionDeniedException(operation, object, errno, hint);
            case Errno.EEXIST, Errno.EADDRINUSE -> new AlreadyExistsException(operation, object, errno, hint);
            case Errno.ENOSPC, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EDQUOT, Errno.ENOBUFS ->
                new LimitReachedException(operation, object, errno, hint);
            case Errno.EOPNOTSUPP, Errno.ENOSYS, Errno.EPROTONOSUPPORT, Errno.EAFNOSUPPORT, Errno.ENOPROTOOPT ->
                new UnsupportedException(operation, object, errno, hint);
            default -> new SystemCallException(operation, object, errno, hint);
        };
    }

    /** What was attempted. */
    public String operation() {
        return operation;
    }

    /** What it was attempted on; may be empty. */
    public String object() {
        return object;
    }

    /** The positive error number, see {@link Errno}. */
    public int errno() {
        return errno;
    }

    /** The suspected cause and what to do. */
    public String hint() {
        return hint;
    }
}
