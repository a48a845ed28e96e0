// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;

/** Something that somebody else put into the kernel is in the way. The message names it and says what to do. */
public final class ConflictException extends IOException {
    private static final long serialVersionUID = 1;

    /** With a complete message. */
    public ConflictException(String message) {
        super(message);
    }
}
