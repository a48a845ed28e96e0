// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.linux.KernelString;

/** Logs that a bound refuses an application, on the control thread: the one that refuses is in a hurry. Any thread. */
record RefusedBounds(Executor control) implements Bounds.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedBounds.class);

    @Override
    public void refused(Bound bound, String share) {
        try {
            control.execute(() -> LOG.warn("{}", message(bound, share)));
        } catch (RejectedExecutionException _) {
            // 'sluice status' counts it nevertheless.
        }
    }

    static String message(Bound bound, String share) {
        return KernelString.printable(share) + " is refused: " + bound.refusal() + "; " + bound.refused()
                + " refusals since the start, 'sluice status' counts them";
    }
}
