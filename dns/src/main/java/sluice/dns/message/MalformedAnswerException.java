// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.io.IOException;
import java.io.Serial;

/** A server's answer is not a DNS message. */
public final class MalformedAnswerException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    MalformedAnswerException(String message) {
        super(message);
    }

    MalformedAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
