// SPDX-License-Identifier: Apache-2.0
package sluice.control;

/**
 * What goes back.
 *
 * @param status of HTTP
 * @param view becomes the body
 */
record Answer(int status, Object view) {
    private static final int OK = 200;

    static Answer of(Object view) {
        return new Answer(OK, view);
    }

    static Answer of(RefusedException refused) {
        return new Answer(refused.refusal().status(), ErrorView.of(refused));
    }

    static Answer refusal(Refusal refusal, String message, String hint) {
        return of(new RefusedException(refusal, message, hint));
    }

    /** The view as JSON. */
    byte[] body() {
        return ControlJson.bytes(view);
    }
}
