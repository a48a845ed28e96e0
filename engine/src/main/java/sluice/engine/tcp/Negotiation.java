// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.TcpDialer;
import sluice.engine.outbound.Upstream;

/** A talk with proxies about a flow, on a virtual thread of its own. */
final class Negotiation {
    /** The thread and what it reads. */
    private static final int KIBIBYTES = 6;

    private final Thread thread;

    private Negotiation(Thread thread) {
        this.thread = thread;
    }

    /** What came of it. */
    sealed interface Outcome {}

    /** The connection is whoever gets this one's. */
    record Made(Upstream connection) implements Outcome {}

    record Failed(FlowEnd reason, String detail) implements Outcome {}

    /** Who waits for it. */
    @FunctionalInterface
    interface Waiting {
        /**
         * Takes the outcome, on the virtual thread.
         *
         * @return whether it did; not when the engine has stopped
         */
        boolean take(Outcome outcome);
    }

    /** Begins to talk, for as long as a connection may take to be made; null where there is no memory for it. */
    static @Nullable Negotiation begin(TcpEngine engine, TcpDialer dialer, Flow flow, Waiting waiting) {
        var timeout = engine.settings().connectTimeout();
        var memory = engine.ledger().memory().take(flow, KIBIBYTES);
        if (memory == null) {
            return null;
        }
        return new Negotiation(engine.parking().start("engine-dial-" + flow.id(), () -> {
            Outcome outcome;
            try (memory) {
                engine.identify(flow);
                outcome = outcome(dialer, flow, timeout);
            }
            if (!waiting.take(outcome) && outcome instanceof Made(var connection)) {
                connection.close();
            }
        }));
    }

    private static Outcome outcome(TcpDialer dialer, Flow flow, Duration timeout) {
        try {
            return new Made(dialer.dial(flow, timeout));
        } catch (DialException e) {
            return new Failed(e.reason(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            return new Failed(FlowEnd.PROXY_FAILED, "internal error: " + e);
        }
    }

    /** Breaks it off; an outcome may come nevertheless. */
    void cancel() {
        thread.interrupt();
    }
}
