// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.Locale;

/** Why a request was not carried out; each has its HTTP status. */
public enum Refusal {
    /** The request makes no sense. */
    INVALID_REQUEST(400),
    /** Whoever asks may not. */
    FORBIDDEN(403),
    /** There is no such path, cgroup or target. */
    NOT_FOUND(404),
    /** The path knows other methods. */
    METHOD_NOT_ALLOWED(405),
    /** The request took too long to arrive. */
    TIMEOUT(408),
    /** The body is too large. */
    BODY_TOO_LARGE(413),
    /** The request line is too long. */
    ADDRESS_TOO_LONG(414),
    /** The configuration file is wrong; the old one stays in force. */
    INVALID_CONFIGURATION(422),
    /** The headers are too large. */
    HEADERS_TOO_LARGE(431),
    /** It should have worked. */
    FAILED(500),
    /** This kernel, or the daemon's permissions, do not allow it. */
    UNSUPPORTED(501),
    /** Too many connections at once; nothing has been done. */
    BUSY(503),
    /** No answer in time, or the daemon is stopping. */
    UNAVAILABLE(503);

    private final int status;

    Refusal(int status) {
        this.status = status;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The name in JSON: {@code invalid-configuration}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The refusal of that name; {@link #FAILED} for one that this version does not know. */
    static Refusal of(String code) {
        for (var refusal : values()) {
            if (refusal.code().equals(code)) {
                return refusal;
            }
        }
        return FAILED;
    }
}
