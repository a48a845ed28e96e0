// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.control.FlowView;
import sluice.engine.FlowListener;
import sluice.engine.flow.Flow;

/**
 * Hears of every flow: remembers those that ended and, if wanted, logs a line for each, on a thread of its own. What comes faster than the log
 * takes it is counted, and that is logged.
 */
final class FlowLog implements FlowListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("sluice.access");
    private static final int WAITING_AT_MOST = 8192;
    private static final long STOP_MILLIS = 2000;

    private final FlowViews views;
    private final FlowHistory history = new FlowHistory();
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(WAITING_AT_MOST);
    private final AtomicLong lost = new AtomicLong();
    private final Thread writer;
    private volatile boolean wanted;

    FlowLog(FlowViews views, boolean wanted) {
        this.views = views;
        this.wanted = wanted;
        this.writer = Thread.ofPlatform().daemon().name("access-log").start(this::write);
    }

    private sealed interface Event {
        record Started(Flow flow) implements Event {}

        record Ended(Flow flow) implements Event {}

        record Stop() implements Event {}
    }

    /** Whether flows that end from now on are logged. */
    void wanted(boolean log) {
        wanted = log;
    }

    FlowHistory history() {
        return history;
    }

    @Override
    public void started(Flow flow) {
        // The process is asked for now: a short-lived one is gone when its flow ends. With much to do it is left out.
        if (wanted && events.size() < WAITING_AT_MOST / 2) {
            var _ = events.offer(new Event.Started(flow));
        }
    }

    @Override
    public void ended(Flow flow) {
        history.add(flow);
        if (wanted && !events.offer(new Event.Ended(flow))) {
            lost.incrementAndGet();
        }
    }

    private void write() {
        try {
            while (true) {
                switch (events.take()) {
                    case Event.Started(var flow) -> views.complete(flow);
                    case Event.Ended(var flow) -> LOG.info("{}", line(views.view(flow)));
                    case Event.Stop() -> {
                        return;
                    }
                }
                long missing = lost.getAndSet(0);
                if (missing > 0) {
                    LOG.warn("{} flows ended faster than they could be logged", missing);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code key=value}, in quotes where a value has a space in it. */
    static String line(FlowView flow) {
        var line = new StringBuilder("flow");
        put(line, "application", flow.application());
        put(line, "cgroup", flow.cgroup());
        put(line, "uid", flow.uid());
        put(line, "pid", flow.pid());
        put(line, "command", flow.command());
        put(line, "transport", flow.transport());
        put(line, "client", flow.client());
        put(line, "destination", flow.destination());
        put(line, "host", flow.host());
        put(line, "target", flow.target());
        put(line, "route", flow.route());
        put(line, "outbound", flow.outbounds().isEmpty() ? null : String.join(">", flow.outbounds()));
        put(line, "sent", flow.sent());
        put(line, "received", flow.received());
        put(line, "milliseconds", flow.milliseconds());
        put(line, "end", flow.end());
        put(line, "detail", flow.detail());
        return line.toString();
    }

    private static void put(StringBuilder line, String key, @Nullable Object value) {
        if (value == null) {
            return;
        }
        var text = Objects.toString(value);
        boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '\\');
        line.append(' ').append(key).append('=');
        if (plain) {
            line.append(text);
        } else {
            line.append('"')
                    .append(text.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
    }

    /** Logs what is still waiting, within a limit, and ends. */
    @Override
    public void close() {
        try {
            if (events.offer(new Event.Stop(), STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                writer.join(STOP_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        writer.interrupt();
    }
}
