// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import sluice.engine.flow.FlowEnd;

/** A connection could not be made. The message names the outbound, the step and the cause; never a secret. */
public final class DialException extends IOException {
    private static final long serialVersionUID = 1;

    private final FlowEnd reason;

    /** With the reason that the flow ends for. */
    public DialException(FlowEnd reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** Why the flow ends. */
    public FlowEnd reason() {
        return reason;
    }
}
