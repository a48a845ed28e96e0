// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** What the operation names does not exist, or no longer: ENOENT, ENODEV, ESRCH. */
public final class NotFoundException extends SystemCallException {
    private static final long serialVersionUID = 1;

    NotFoundException(String operation, String object, int errno, String hint) {
        super(operation, object, errno, hint);
    }
}
