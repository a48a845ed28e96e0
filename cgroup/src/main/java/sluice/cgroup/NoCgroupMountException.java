// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.io.IOException;

/** There is no cgroup2 file system to work on; the message says what was looked at and what to do. */
public final class NoCgroupMountException extends IOException {
    private static final long serialVersionUID = 1;

    NoCgroupMountException(String message) {
        super(message);
    }
}
