// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/** A value that cannot be used, before it is known where in the file it stands. */
final class InvalidValueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String found;
    private final String allowed;
    private final String remedy;

    /** The parts of a {@link Problem}. */
    InvalidValueException(String found, String allowed, String remedy) {
        super(found + (allowed.isEmpty() ? "" : ": " + allowed) + (remedy.isEmpty() ? "" : "; " + remedy));
        this.found = found;
        this.allowed = allowed;
        this.remedy = remedy;
    }

    String found() {
        return found;
    }

    String allowed() {
        return allowed;
    }

    String remedy() {
        return remedy;
    }
}
