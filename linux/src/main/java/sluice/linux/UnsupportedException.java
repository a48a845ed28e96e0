// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** This kernel lacks it: EOPNOTSUPP, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT, ENOPROTOOPT. */
public final class UnsupportedException extends SystemCallException {
    private static final long serialVersionUID = 1;

    UnsupportedException(String operation, String object, int errno, String hint) {
        super(operation, object, errno, hint);
    }
}
