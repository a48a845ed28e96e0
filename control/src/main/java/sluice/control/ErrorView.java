// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.Objects;

/**
 * The body of every answer that is not a success.
 *
 * @param error what was wrong
 */
record ErrorView(Detail error) {
    /**
     * What was wrong.
     *
     * @param code {@link Refusal#code()}
     * @param message what and why
     * @param hint what to do; may be empty
     */
    record Detail(String code, String message, String hint) {}

    static ErrorView of(RefusedException refused) {
        return new ErrorView(new Detail(refused.refusal().code(), refused.reason(), refused.hint()));
    }

    RefusedException exception() {
        return new RefusedException(
                Refusal.of(Objects.requireNonNullElse(error.code(), "")),
                Objects.requireNonNullElse(error.message(), "no reason given"),
                Objects.requireNonNullElse(error.hint(), ""));
    }
}
