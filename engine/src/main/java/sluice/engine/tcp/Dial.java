// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.TcpDialer;
import sluice.engine.outbound.Upstream;
import sluice.engine.outbound.Way;
import sluice.linux.Errno;
import sluice.linux.LimitReachedException;
import sluice.linux.Poller;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/**
 * Makes the connection of one flow to its upstream. An address is connected to in the loop; where it has others of the same host beside it, these are
 * tried on a virtual thread when it fails, or has not answered soon (RFC 8305). The thread of the relay's loop only, which stays the same meanwhile.
 */
final class Dial {
    /** RFC 8305, section 5: Connection Attempt Delay. */
    private static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

    private final TcpEngine engine;
    private final Relay relay;
    private final Loop loop;
    private final Flow flow;
    /** Connects in the loop; null when it does not, or has failed. */
    private @Nullable Side connecting;

    private @Nullable Negotiation negotiation;
    /** Connects to other addresses of the same host; null where there are none, or when that has begun. */
    private @Nullable TcpDialer others;
    /** Why the address that the application dialled was not reached, while others are tried. */
    private Negotiation.@Nullable Failed failure;

    Dial(TcpEngine engine, Relay relay, Loop loop, Flow flow) {
        this.engine = engine;
        this.relay = relay;
        this.loop = loop;
        this.flow = flow;
    }

    /** Begins; how it goes on is told to the relay. */
    void begin(Way way) {
        switch (way) {
            case Way.Plain plain -> connect(plain);
            case Way.Refused refused -> relay.end(refused.end(), refused.reason());
            case Way.Negotiated negotiated -> negotiate(negotiated.dialer());
            case Way.Associated _, Way.Unresolved _ ->
                throw new IllegalStateException("an outbound gave a way for UDP to a TCP flow");
        }
    }

    private void connect(Way.Plain way) {
        others = way.others();
        StreamSocket socket;
        try {
            socket = Dialling.begin(way);
        } catch (LimitReachedException e) {
            engine.ledger().refusedForDescriptors();
            relay.end(Dialling.reason(e.errno()), String.valueOf(e.getMessage()));
            return;
        } catch (SystemCallException e) {
            notReached(Dialling.reason(e.errno()), String.valueOf(e.getMessage()));
            return;
        }
        var side = new Side(relay, socket, false);
        connecting = side;
        relay.wakeAfter(others == null ? engine.settings().connectTimeout() : ATTEMPT_DELAY);
        var _ = relay.listen(side) && relay.listenToClient();
    }

    /** The address that the application dialled does not answer. */
    private void notReached(FlowEnd reason, String detail) {
        var dialer = others;
        if (dialer == null && negotiation == null) {
            relay.end(reason, detail);
            return;
        }
        failure = new Negotiation.Failed(reason, detail);
        giveUpConnecting();
        if (dialer != null) {
            negotiate(dialer);
        }
    }

    private void giveUpConnecting() {
        relay.wakeAfter(Duration.ZERO);
        if (connecting != null) {
            connecting.close(loop, true);
            connecting = null;
        }
    }

    private void negotiate(TcpDialer dialer) {
        others = null;
        if (relay.listenToClient()) {
            negotiation = Negotiation.begin(engine, loop, dialer, flow, outcome -> relay.guarded(() -> came(outcome)));
            if (negotiation == null && connecting == null) {
                relay.end(FlowEnd.LIMIT, engine.ledger().memory().refusal());
            }
        }
    }

    private void came(Negotiation.Outcome outcome) {
        negotiation = null;
        switch (outcome) {
            case Negotiation.Made(var connection) -> {
                giveUpConnecting();
                made(connection);
            }
            case Negotiation.Failed failed -> {
                // The address that the application dialled may still answer.
                if (connecting == null) {
                    if (failed.reason() == FlowEnd.LIMIT) {
                        engine.ledger().refusedForDescriptors();
                    }
                    var first = failure == null ? failed : failure;
                    relay.end(first.reason(), first.detail());
                }
            }
        }
    }

    private void made(Upstream connection) {
        switch (connection) {
            case Upstream.Bare(var socket, var early) -> {
                var side = new Side(relay, socket, true);
                side.ahead(early);
                side.assumeWritable();
                relay.dialled(side);
            }
            case Upstream.Encrypted(var stream) -> relay.dialled(stream);
        }
    }

    /** The socket that connects has something to say. */
    void ready(Side side, int events) {
        if (side != connecting) {
            return;
        }
        if ((events & (Poller.EPOLLERR | Poller.EPOLLHUP)) != 0) {
            int errno = side.pendingError();
            if (errno == Errno.ECONNRESET || errno == Errno.EPIPE) {
                // It had been accepted, and may have said something before.
                take();
                relay.brokenAtOnce(side, errno);
            } else {
                notReached(Dialling.reason(errno), Errno.name(errno));
            }
        } else if (side.writable()) {
            take();
            relay.dialled(side);
        }
    }

    private void take() {
        connecting = null;
        close();
    }

    /** The time that {@link Relay#wakeAfter} was called for has come. */
    void timeIsUp() {
        var dialer = others;
        if (dialer == null) {
            notReached(FlowEnd.CONNECT_TIMEOUT, "");
        } else {
            relay.wakeAfter(engine.settings().connectTimeout());
            negotiate(dialer);
        }
    }

    /** Gives up whatever is under way. */
    void close() {
        if (negotiation != null) {
            negotiation.cancel();
            negotiation = null;
        }
        if (connecting != null) {
            connecting.close(loop, true);
            connecting = null;
        }
    }
}
