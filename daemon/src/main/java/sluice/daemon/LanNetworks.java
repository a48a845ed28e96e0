// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.linux.Poller;
import sluice.netlink.Subscription;
import sluice.netlink.route.AddressEvent;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.Routes;
import sluice.rules.Lan;
import sluice.rules.Prefix;

/** The networks of {@code bypass: [lan]}, which come and go with the addresses of this machine's interfaces. Control thread only. */
final class LanNetworks implements AutoCloseable {
    /** A new interface gets its addresses one after the other. */
    private static final Duration COLLECT = Duration.ofMillis(50);

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int NOTIFICATIONS_AT_ONCE = 256;

    private static final Logger LOG = LoggerFactory.getLogger(LanNetworks.class);

    private final ControlLoop loop;
    private final Listener listener;
    private @Nullable Subscription<AddressEvent> subscription;
    private Poller.@Nullable Registration registration;
    private ControlLoop.@Nullable Alarm alarm;

    /** Is told of changes. */
    @FunctionalInterface
    interface Listener {
        /** These are the networks now; called again soon if it fails. */
        void connectedTo(List<Prefix> networks) throws IOException;
    }

    LanNetworks(ControlLoop loop, Listener listener) {
        this.loop = loop;
        this.listener = listener;
    }

    /** The networks of this moment. The listener is told of changes from now on. */
    List<Prefix> follow() throws IOException {
        if (subscription == null) {
            var opened = Routes.subscribeToAddresses();
            subscription = opened;
            registration = loop.poller().register(opened.descriptor(), Poller.EPOLLIN, events -> drain(opened));
        }
        return networks();
    }

    private static List<Prefix> networks() throws IOException {
        var connected = new ArrayList<Prefix>();
        try (var routes = Routes.open()) {
            for (var family : IpFamily.values()) {
                for (var address : routes.addresses(family)) {
                    connected.add(Prefix.around(address.address(), address.prefixLength()));
                }
            }
        }
        return Lan.of(connected);
    }

    private void drain(Subscription<AddressEvent> notifications) {
        try {
            var _ = notifications.drain(NOTIFICATIONS_AT_ONCE, event -> {});
        } catch (IOException e) {
            LOG.warn("read what became of addresses: {}; looking at all of them", e.getMessage());
        }
        lookAfter(COLLECT);
    }

    private void lookAfter(Duration delay) {
        if (alarm == null) {
            alarm = loop.after(delay, this::look);
        }
    }

    private void look() {
        alarm = null;
        try {
            listener.connectedTo(networks());
        } catch (IOException e) {
            LOG.warn("follow the networks of \"bypass: [lan]\": {}; trying again", e.getMessage());
            lookAfter(RETRY);
        }
    }

    /** Follows them no more, until {@link #follow}. */
    @Override
    public void close() {
        if (alarm != null) {
            alarm.close();
            alarm = null;
        }
        if (registration != null) {
            registration.close();
            registration = null;
        }
        if (subscription != null) {
            subscription.close();
            subscription = null;
        }
    }
}
