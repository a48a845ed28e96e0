// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.control.FlowView;
import sluice.dns.AnsweredQuery;
import sluice.engine.FlowListener;
import sluice.engine.flow.Flow;
import sluice.linux.KernelString;

/**
 * Hears of every flow: remembers those that ended and, if wanted, logs a line for each, and for each query, on a thread of its own. What comes faster than the log
 * takes it is counted, and that is logged.
 */
final class FlowLog implements FlowListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("sluice.access");
    private static final int WAITING_AT_MOST = 8192;
    private static final long STOP_MILLIS = 2000;

    private final FlowViews views;
    private final FlowHistory history = new FlowHistory(System::nanoTime);
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

        record Answered(AnsweredQuery query) implements Event {}

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
        if (wanted || history.isFollowed()) {
            // Now, while its socket is there.
            var _ = flow.owner();
        }
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

    /** A query that is to be logged was answered. Any thread. */
    void answered(AnsweredQuery query) {
        // Now, while its socket is there; the asker remembers it.
        var _ = query.asker().cgroup();
        if (!events.offer(new Event.Answered(query))) {
            lost.incrementAndGet();
        }
    }

    private void write() {
        try {
            while (true) {
                switch (events.take()) {
                    case Event.Started(var flow) -> views.complete(flow);
                    case Event.Ended(var flow) -> LOG.info("{}", line(views.view(flow)));
                    case Event.Answered(var query) -> LOG.info("{}", line(query));
                    case Event.Stop() -> {
                        return;
                    }
                }
                long missing = lost.getAndSet(0);
                if (missing > 0) {
                    LOG.warn("{} flows and queries ended faster than they could be logged", missing);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String line(FlowView flow) {
        return new LogLine("flow")
                .put("application", flow.application())
                .put("cgroup", flow.cgroup())
                .put("uid", flow.uid())
                .put("pid", flow.pid())
                .put("command", flow.command())
                .put("transport", flow.transport())
                .put("client", flow.client())
                .put("destination", flow.destination())
                .put("host", flow.host())
                .put("target", flow.target())
                .put("route", flow.route())
                .put("outbound", flow.outbounds().isEmpty() ? null : String.join(">", flow.outbounds()))
                .put("sent", flow.sent())
                .put("received", flow.received())
                .put("milliseconds", flow.milliseconds())
                .put("end", flow.end())
                .put("detail", flow.detail())
                .toString();
    }

    private String line(AnsweredQuery query) {
        var asker = query.asker();
        var cgroup = asker.cgroup();
        return new LogLine("query")
                .put("application", cgroup == null ? null : views.application(cgroup))
                .put("cgroup", cgroup == null ? null : views.path(cgroup))
                .put("transport", asker.overTcp() ? "tcp" : "udp")
                .put("client", asker.client())
                .put("asked", asker.server())
                .put("name", KernelString.printable(query.name()))
                .put("type", query.type())
                .put("rcode", query.rcode())
                .put("source", query.source().name().toLowerCase(Locale.ROOT))
                .put("server", query.server().isEmpty() ? null : query.server())
                .put("rule", query.rule() < 0 ? null : "dns.rules[" + query.rule() + "]")
                .put("microseconds", query.took().toNanos() / 1000)
                .toString();
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
