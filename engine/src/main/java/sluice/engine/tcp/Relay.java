// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.SecureStream;
import sluice.engine.sniff.Sniffed;
import sluice.engine.sniff.Sniffer;
import sluice.linux.Errno;
import sluice.linux.Poller;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;
import sluice.rules.Protocol;

/**
 * One TCP flow from its arrival to its end: looks at its first bytes, has it dialled, moves bytes both ways. The thread of the loop that has
 * it only; a flow that turns out to be bulk moves to the loop for those.
 */
final class Relay {
    /** A flow that has not been bulk for so long is none any more. */
    private static final long CALM_NANOS = 2_000_000_000L;

    private final TcpEngine engine;
    private final Flow flow;
    private final Side client;
    private final Silence silence;
    private Loop loop;
    private @Nullable Side upstream;
    private @Nullable Dial dial;
    private Phase phase = Phase.NEW;
    private long deadline = Loop.NEVER;
    private boolean breaking;
    /** Whether it went on without a word from the client, though one was wanted: then it matters which side speaks first. */
    private boolean unheard;
    /** When it will be calm, if it is bulk; else 0. */
    private long calmAt;

    /** Whether it waits in its loop's queue of those that can go on; the loop's own note. */
    boolean queued;

    @Nullable
    Relay next;

    @Nullable
    Relay previous;

    /** What it waits for. */
    private enum Phase {
        NEW,
        SNIFFING,
        DIALLING,
        RELAYING,
        CLOSED
    }

    /** A flow that has just arrived; owns the socket. */
    Relay(TcpEngine engine, Loop loop, Flow flow, StreamSocket accepted) {
        this.engine = engine;
        this.loop = loop;
        this.flow = flow;
        this.client = new Side(this, accepted, true);
        this.silence = new Silence(loop.now(), engine.tuning());
        loop.add(this);
    }

    /** Sends it on its way. */
    void begin() {
        // As guarded() has it, without an object for each flow.
        try {
            decide();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void decide() {
        var steering = engine.steering();
        if (steering.wouldLoop(flow.destination())) {
            end(FlowEnd.LOOP, "the destination is this engine");
            return;
        }
        if (!steering.wantsName(flow)) {
            dial(null);
            return;
        }
        if (engine.speakers().contains(flow.destination().endpoint())) {
            unheard = true;
            dial(null);
            return;
        }
        phase = Phase.SNIFFING;
        deadline = after(steering.settings().sniff().timeout());
        var _ = listen(client);
    }

    /** Whether the side is heard now; otherwise the flow has ended. */
    boolean listen(Side side) {
        try {
            side.listen(loop);
            return true;
        } catch (SystemCallException e) {
            end(FlowEnd.LIMIT, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** Looks at what the client has said, and leaves it there for whoever reads next. */
    private void sniffing() {
        var head = loop.buffer.clear();
        int count = client.readable() ? client.socket.peek(head) : StreamSocket.WOULD_BLOCK;
        if (count < 0 && count != StreamSocket.WOULD_BLOCK) {
            end(FlowEnd.CLIENT_RESET, Errno.name(-count));
            return;
        }
        switch (Sniffer.sniff(head.flip())) {
            case Sniffed.Found(var protocol, var name) -> {
                if (name != null) {
                    engine.steering().said(flow, name);
                }
                dial(protocol);
            }
            case Sniffed.Unknown _ -> dial(null);
            case Sniffed.NeedMore _ -> {
                if (client.hangup()) {
                    dial(null);
                }
            }
        }
    }

    private void dial(@Nullable Protocol protocol) {
        deadline = Loop.NEVER;
        phase = Phase.DIALLING;
        var begun = new Dial(engine, this, loop, flow);
        dial = begun;
        begun.begin(engine.steering().way(flow, protocol));
    }

    /** Whether the client is heard now; otherwise the flow has ended. */
    boolean listenToClient() {
        return listen(client);
    }

    /** Has {@link Dial#timeIsUp} called after this; zero: never. */
    void wakeAfter(Duration delay) {
        deadline = after(delay);
    }

    /** The connection to the upstream stands. */
    void dialled(Side side) {
        upstream = side;
        dial = null;
        if (listen(side)) {
            established();
        }
    }

    /** The connection to the upstream stands, and is encrypted. */
    void dialled(SecureStream stream) {
        dial = null;
        leave();
        phase = Phase.CLOSED;
        engine.carryEncrypted(flow, client.socket, stream, unheard);
    }

    /** The upstream has accepted the connection and reset it. */
    void brokenAtOnce(Side side, int errno) {
        upstream = side;
        dial = null;
        client.assumeWritable();
        broken(side, errno);
    }

    private long after(Duration delay) {
        if (delay.isZero()) {
            return Loop.NEVER;
        }
        long time = loop.now() + delay.toNanos();
        loop.wakeBy(time);
        return time;
    }

    /** What it carries. */
    Flow flow() {
        return flow;
    }

    boolean closed() {
        return phase == Phase.CLOSED;
    }

    /** One of the sockets has something to say. */
    void ready(Side side, int events) {
        try {
            switch (phase) {
                case SNIFFING -> sniffing();
                case DIALLING -> dialling(side, events);
                case RELAYING -> relaying(side, events);
                case NEW, CLOSED -> {}
            }
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /** Runs a step of this flow; an error of ours ends it, and nothing else. */
    void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /** Ends it for an error of ours, from which the other flows of its loop must not suffer. */
    void failed(RuntimeException error) {
        end(FlowEnd.STOPPED, "internal error: " + error);
    }

    private void dialling(Side side, int events) {
        if (side != client && dial != null) {
            dial.ready(side, events);
        } else if ((events & (Poller.EPOLLERR | Poller.EPOLLHUP)) != 0) {
            end(FlowEnd.CLIENT_RESET, "");
        }
    }

    private void established() {
        phase = Phase.RELAYING;
        client.assumeWritable();
        silence.moved(loop.now());
        schedule();
        var _ = proceed();
    }

    private void relaying(Side side, int events) {
        if (!proceed()) {
            // Another loop that has it now is told the same.
            return;
        }
        boolean error = (events & Poller.EPOLLERR) != 0;
        // Gone, though FIN was sent one way only.
        boolean gone = (events & Poller.EPOLLHUP) != 0 && !side.finished() && side.ended();
        if (error || gone) {
            broken(side, 0);
        }
    }

    private void schedule() {
        deadline = silence.lookAt(engine.settings());
        loop.wakeBy(deadline);
    }

    /**
     * Moves what can be moved.
     *
     * @return whether it goes on here: it has neither ended nor been handed over to another loop, which may run it already
     */
    boolean proceed() {
        var other = upstream;
        if (phase != Phase.RELAYING || other == null) {
            return false;
        }
        boolean more = client.pump(other, loop);
        more |= phase == Phase.RELAYING && other.pump(client, loop);
        if (phase != Phase.RELAYING) {
            return false;
        }
        if (!silence.halfClosed() && (client.ended() || other.ended())) {
            silence.halfClose();
            schedule();
        }
        if (moved(client.splicing() || other.splicing())) {
            return false;
        }
        if (more) {
            loop.again(this);
        }
        return true;
    }

    /** Whether it goes on with the thread for bulk from now on, or with the other one, because it has been calm. */
    private boolean moved(boolean bulk) {
        if (bulk) {
            calmAt = loop.now() + CALM_NANOS;
        } else if (calmAt == 0 || loop.now() < calmAt) {
            return false;
        } else {
            calmAt = 0;
        }
        return engine.move(this, loop, bulk);
    }

    /** Stops being heard on its loop; on that loop's thread. */
    void leave() {
        loop.remove(this);
        client.leave();
        if (upstream != null) {
            upstream.leave();
        }
    }

    /** Goes on with another loop, on that loop's thread. */
    void arrive(Loop at) {
        loop = at;
        guarded(this::resume);
    }

    private void resume() {
        loop.add(this);
        loop.wakeBy(deadline);
        var other = upstream;
        if (other != null && listen(client) && listen(other)) {
            loop.again(this);
        }
    }

    /** Counts bytes that the other side took. */
    void count(Side from, int bytes) {
        if (bytes == 0) {
            return;
        }
        if (unheard) {
            firstWord(from);
        }
        silence.moved(loop.now());
        if (from == client) {
            flow.addSent(bytes);
        } else {
            flow.addReceived(bytes);
        }
    }

    private void firstWord(Side from) {
        unheard = false;
        var destination = flow.destination().endpoint();
        if (from == client) {
            engine.speakers().clientSpoke(destination);
        } else {
            engine.speakers().serverSpoke(destination, silence.lasted(loop.now()));
        }
    }

    /** What began at this side has been passed on to its end. */
    void finished(Side from) {
        var to = from == client ? upstream : client;
        if (to != null && to.ended() && !to.holding()) {
            end(FlowEnd.FINISHED, "", false, false);
        }
    }

    /** A side's connection has failed; what it said before is passed on as far as that can be done at once, then the other one is reset. */
    void broken(Side side, int errno) {
        var to = side == client ? upstream : client;
        if (phase == Phase.CLOSED || breaking || to == null) {
            return;
        }
        breaking = true;
        side.flush(to, loop);
        int cause = errno == 0 ? side.pendingError() : errno;
        end(side == client ? FlowEnd.CLIENT_RESET : FlowEnd.UPSTREAM_RESET, cause == 0 ? "" : Errno.name(cause));
    }

    /** Looks whether its time is up, and says when to look again. */
    long check(long now) {
        if (now < deadline) {
            return deadline;
        }
        switch (phase) {
            case SNIFFING -> {
                unheard = !client.readable();
                dial(null);
            }
            case DIALLING -> dialTimeIsUp();
            case RELAYING -> checkSilence(now);
            case NEW, CLOSED -> deadline = Loop.NEVER;
        }
        return phase == Phase.CLOSED ? Loop.NEVER : deadline;
    }

    private void dialTimeIsUp() {
        deadline = Loop.NEVER;
        if (dial != null) {
            dial.timeIsUp();
        }
    }

    private void checkSilence(long now) {
        if (silence.probesDue(now)) {
            client.keepAlive();
            if (upstream != null) {
                upstream.keepAlive();
            }
        }
        if (now < silence.tooLongAt(engine.settings())) {
            schedule();
        } else {
            end(silence.halfClosed() ? FlowEnd.HALF_CLOSED : FlowEnd.IDLE, "");
        }
    }

    /** Ends it because the engine stops. */
    void stop() {
        end(FlowEnd.STOPPED, "");
    }

    /** Ends it with RST both ways. */
    void end(FlowEnd reason, String detail) {
        end(reason, detail, true, true);
    }

    private void end(FlowEnd reason, String detail, boolean abortClient, boolean abortUpstream) {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        loop.remove(this);
        if (dial != null) {
            dial.close();
        }
        client.close(loop, abortClient);
        if (upstream != null) {
            upstream.close(loop, abortUpstream);
        }
        engine.ledger().close(flow, reason, detail);
    }
}
