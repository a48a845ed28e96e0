// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import sluice.engine.flow.FlowEnd;

/** A connection could not be made. The message names the outbound, the step and the cause; never a secret. */
public final class DialException extends IOException {
    private static final long serialVersionUID = 1;

    private final FlowEnd reason;
    private final boolean atDestination;

    /** With the reason that the flow ends for; the outbound is at fault. */
    public DialException(FlowEnd reason, String message) {
        this(reason, message, false);
    }

    private DialException(FlowEnd reason, String message, boolean atDestination) {
        super(message);
        this.reason = reason;
        this.atDestination = atDestination;
    }

    /** A failure that the proxy reports of the destination: it says nothing against the outbound. */
    static DialException atDestination(FlowEnd reason, String message) {
        return new DialException(reason, message, true);
    }

    /** Whether the outbound did its part, and the destination cannot be reached. */
    boolean isAtDestination() {
        return atDestination;
    }

    /** Why the flow ends. */
    public FlowEnd reason() {
        return reason;
    }
}
