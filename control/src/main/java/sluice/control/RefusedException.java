// SPDX-License-Identifier: Apache-2.0
package sluice.control;

/** The daemon does not carry out a request. Thrown by the daemon, and again by the client that asked. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final Refusal refusal;
    private final String hint;

    /**
     * @param message what and why
     * @param hint what to do; may be empty
     */
    public RefusedException(Refusal refusal, String message, String hint) {
        super(message);
        this.refusal = refusal;
        this.hint = hint;
    }

    /** Why. */
    public Refusal refusal() {
        return refusal;
    }

    /** What was refused and why. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** What to do; may be empty. */
    public String hint() {
        return hint;
    }
}
