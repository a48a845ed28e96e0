// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.io.IOException;
import sluice.bounds.Bounds;
import sluice.engine.Attribution;
import sluice.engine.Redirector;
import sluice.engine.flow.FlowLedger;
import sluice.engine.names.NameCounters;
import sluice.engine.park.Parking;
import sluice.engine.route.Steering;
import sluice.linux.FileDescriptor;
import sluice.linux.SystemCallException;

/** Carries datagrams between transparent listeners and outbounds, on a thread of its own. Any thread may call it. */
public final class UdpEngine implements AutoCloseable {
    private final UdpLoop loop;

    private UdpEngine(UdpLoop loop) {
        this.loop = loop;
    }

    /**
     * What it stands on.
     *
     * @param redirector knows what was redirected to the listeners
     * @param parking starts the threads that make associations; stays the caller's, who closes it later than this
     * @param bounds gets those that applications share
     * @param guard packet mark of what is sent to applications, so that no rule redirects it
     * @param names counts queries to port 53
     */
    public record Parts(
            Steering steering,
            FlowLedger ledger,
            Attribution attribution,
            Redirector redirector,
            Parking parking,
            UdpLimits limits,
            Bounds bounds,
            int guard,
            NameCounters names) {}

    /** Starts without a listener. */
    public static UdpEngine start(Parts parts) throws SystemCallException {
        var loop = new UdpLoop(parts);
        loop.start();
        return new UdpEngine(loop);
    }

    /**
     * Carries what arrives at a listener.
     *
     * @param target the outbound that it stands for
     * @param listener a transparent UDP socket, bound; it stays the caller's, who closes it after {@link #ignore} or {@link #close}
     */
    public void serve(String target, FileDescriptor listener) throws IOException {
        var socket = DatagramSockets.listener(listener);
        loop.call(() -> {
            var ingress = new Ingress(loop, target, socket);
            ingress.start();
            loop.ingresses().add(ingress);
        });
    }

    /** Takes nothing more from a listener; its mappings live on until they are idle. When this returns the listener may be closed. */
    public void ignore(FileDescriptor listener) throws IOException {
        loop.call(() -> {
            for (var ingress : loop.ingresses()) {
                if (ingress.listensOn(listener)) {
                    ingress.ignore();
                }
            }
        });
    }

    /** Has flows end as soon as no answer came for a second: for when every listener is ignored, and nobody can ask any more. */
    public void drain() throws IOException {
        loop.call(() -> loop.draining = true);
    }

    /** Has new flows decided otherwise; old ones go on as they were. */
    public void apply(Steering steering, UdpLimits limits) throws IOException {
        loop.call(() -> {
            loop.steering = steering;
            loop.generation++;
            loop.limits = limits;
            loop.shares.apply(limits);
        });
    }

    /** Replaces the loop guard's bits in the packet mark of every socket that sends, also of old flows. */
    public void guard(int bits) throws IOException {
        loop.call(() -> loop.guard(bits));
    }

    /** What was counted since the start. */
    public UdpCounters counters() {
        return loop.counters;
    }

    /** Ends what is left. The listeners stay open. Later calls do nothing. */
    @Override
    public void close() {
        loop.stop();
    }
}
