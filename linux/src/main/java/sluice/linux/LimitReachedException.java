// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** A limit of the kernel or of the process: ENOSPC, EMFILE, ENFILE, ENOMEM, EDQUOT, ENOBUFS. */
public final class LimitReachedException extends SystemCallException {
    private static final long serialVersionUID = 1;

    LimitReachedException(String operation, String object, int errno, String hint) {
        super(operation, object, errno, hint);
    }
}
