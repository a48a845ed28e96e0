// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.io.IOException;

/** A file of ours does not hold what it should. */
final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedException(String what) {
        super(what);
    }

    DamagedException(String what, Throwable cause) {
        super(what, cause);
    }
}
