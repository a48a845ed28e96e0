// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** The caller may not do this: EPERM, EACCES. */
public final class PermissionDeniedException extends SystemCallException {
    private static final long serialVersionUID = 1;

    PermissionDeniedException(String operation, String object, int errno, String hint) {
        super(operation, object, errno, hint);
    }
}
