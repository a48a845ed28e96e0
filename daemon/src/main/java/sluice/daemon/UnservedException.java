// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;

/** A valid configuration asks for something that this daemon cannot do. The message names it and says what to do. */
public final class UnservedException extends IOException {
    private static final long serialVersionUID = 1;

    UnservedException(String message) {
        super(message);
    }
}
