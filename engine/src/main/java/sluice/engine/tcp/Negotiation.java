// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.TcpDialer;
import sluice.engine.outbound.Upstream;

/** Dialling that takes a talk with proxies or a look-up, on a virtual thread of its own. The loop's thread only, but for that thread. */
final class Negotiation {
    /** The thread and what it reads. */
    private static final int KIBIBYTES = 6;

    private final Loop loop;
    private final Consumer<Outcome> waiting;
    private @Nullable Thread thread;
    private volatile boolean cancelled;

    private Negotiation(Loop loop, Consumer<Outcome> waiting) {
        this.loop = loop;
        this.waiting = waiting;
    }

    /** What came of it. */
    sealed interface Outcome {}

    /** The connection is whoever gets this one's. */
    record Made(Upstream connection) implements Outcome {}

    record Failed(FlowEnd reason, String detail) implements Outcome {}

    /**
     * Begins to dial, for as long as a connection may take to be made; null where there is no memory for it.
     *
     * @param waiting gets the outcome on the loop's thread, unless this is cancelled before
     */
    static @Nullable Negotiation begin(
            TcpEngine engine, Loop loop, TcpDialer dialer, Flow flow, Consumer<Outcome> waiting) {
        var timeout = engine.settings().connectTimeout();
        var memory = engine.ledger().memory().take(flow, KIBIBYTES);
        if (memory == null) {
            return null;
        }
        var negotiation = new Negotiation(loop, waiting);
        negotiation.thread = engine.parking().start("engine-dial-" + flow.id(), () -> {
            Outcome outcome;
            try (memory) {
                engine.identify(flow);
                outcome = outcome(dialer, flow, timeout);
            }
            negotiation.finished(outcome);
        });
        return negotiation;
    }

    private void finished(Outcome outcome) {
        if (!loop.post(() -> deliver(outcome))) {
            dispose(outcome);
        }
    }

    private void deliver(Outcome outcome) {
        if (cancelled) {
            dispose(outcome);
        } else {
            waiting.accept(outcome);
        }
    }

    private static void dispose(Outcome outcome) {
        if (outcome instanceof Made(var connection)) {
            connection.close();
        }
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

    /** Breaks it off: there will be no outcome. */
    void cancel() {
        cancelled = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
