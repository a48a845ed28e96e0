// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.IOException;

/** There is no buffer for what is to be read or written, or nobody more may wait with one. */
public final class NoBufferException extends IOException {
    private static final long serialVersionUID = 1;

    NoBufferException(String message) {
        super(message);
    }
}
