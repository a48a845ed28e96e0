// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Somebody has it already: EEXIST, EADDRINUSE. */
public final class AlreadyExistsException extends SystemCallException {
    private static final long serialVersionUID = 1;

    AlreadyExistsException(String operation, String object, int errno, String hint) {
        super(operation, object, errno, hint);
    }
}
