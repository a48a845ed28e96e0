// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Text that must not appear in logs, errors or answers: only {@link #reveal()} gives it away. */
public final class Secret {
    private final String text;

    /** Wraps the text. */
    public Secret(String text) {
        this.text = text;
    }

    /** The text itself, for the one who must send or compare it. */
    public String reveal() {
        return text;
    }

    /** Whether a text is this secret, in a time that does not depend on where they differ. */
    public boolean matches(String other) {
        return MessageDigest.isEqual(text.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret that && matches(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
