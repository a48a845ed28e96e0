// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import sluice.engine.flow.FlowEnd;

/** A connection could not be made. The message names the outbound, the step and the cause; never a secret. */
public final class DialException extends IOException {
    private static final long serialVersionUID = 1;

    private final FlowEnd reason;
    private final Fault fault;

    /** What a proxy, or the system, was not able to do. */
    private enum Fault {
        /** Its own part. */
        OUTBOUND,
        /** The same, but it may be that it only gives up on this destination. */
        UNCLEAR,
        /** Reach the destination. */
        DESTINATION,
        /** Understand that kind of address. */
        ADDRESS_KIND,
        /** Go there, by its rules. */
        FORBIDDEN
    }

    /** With the reason that the flow ends for; the outbound is at fault. */
    public DialException(FlowEnd reason, String message) {
        this(reason, message, Fault.OUTBOUND);
    }

    private DialException(FlowEnd reason, String message, Fault fault) {
        super(message);
        this.reason = reason;
        this.fault = fault;
    }

    /** A failure that the proxy reports of the destination: it says nothing against the outbound. */
    static DialException atDestination(FlowEnd reason, String message) {
        return new DialException(reason, message, Fault.DESTINATION);
    }

    /** The proxy does not know the kind of address that it was told: IPv4, IPv6 or a name. */
    static DialException unsupportedAddress(String message) {
        return new DialException(FlowEnd.PROXY_FAILED, message, Fault.ADDRESS_KIND);
    }

    /** The proxy's rules do not allow the destination. */
    static DialException forbidden(String message) {
        return new DialException(FlowEnd.PROXY_FAILED, message, Fault.FORBIDDEN);
    }

    /** The proxy ended the connection instead of an answer. */
    static DialException withoutAnswer(String message) {
        return new DialException(FlowEnd.PROXY_FAILED, message, Fault.UNCLEAR);
    }

    /** Whether the outbound did its part, and the destination cannot be reached. */
    boolean isAtDestination() {
        return fault == Fault.DESTINATION || fault == Fault.ADDRESS_KIND || fault == Fault.FORBIDDEN;
    }

    /** Whether the proxy said that it does not know this kind of address. */
    boolean isUnsupportedAddress() {
        return fault == Fault.ADDRESS_KIND;
    }

    /** Whether the proxy may reach the same host by another address. */
    boolean isWorthAnotherAddress() {
        return fault == Fault.DESTINATION || fault == Fault.ADDRESS_KIND || fault == Fault.UNCLEAR;
    }

    /** Why the flow ends. */
    public FlowEnd reason() {
        return reason;
    }
}
