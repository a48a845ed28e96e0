// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.bounds.Bounds;
import sluice.control.DnsCacheView;
import sluice.control.DnsView;
import sluice.control.FlushRequest;
import sluice.control.FlushView;
import sluice.control.StatusView;
import sluice.dns.AnsweredQuery;
import sluice.dns.Dns;
import sluice.dns.DnsConfiguration;
import sluice.dns.DnsListener;
import sluice.dns.FakeView;
import sluice.dns.NameService;
import sluice.dns.Network;
import sluice.rules.Configuration;
import sluice.rules.DnsSettings;

/** DNS while the configuration wants it. {@link #apply} and {@link #close} on the control thread; everything else on any. */
public final class DnsService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DnsService.class);

    private final String root;
    private final Path file;
    private final Dns dns;
    private volatile DnsSettings settings;

    private DnsService(String root, Configuration configuration, Network network, DnsListener listener, Bounds bounds) {
        this.root = root;
        settings = configuration.dns();
        file = file(settings);
        dns = Dns.start(of(configuration), network, listener, bounds);
        LOG.info("port 53 is answered, dns.mode {}", status().mode());
    }

    /**
     * Starts it; asks nobody.
     *
     * @param root path of the managed root from the cgroup2 mount; empty for the mount itself
     */
    static DnsService start(
            String root,
            Configuration configuration,
            Network network,
            FlowLog log,
            EngineService.Surroundings surroundings) {
        var listener = new Listener(log, surroundings.routes());
        return new DnsService(root, configuration, network, listener, surroundings.bounds());
    }

    private static DnsConfiguration of(Configuration configuration) {
        var settings = configuration.dns();
        return new DnsConfiguration(settings, configuration.routes(), file(settings), DnsConfiguration.RESOLV_CONF);
    }

    private static Path file(DnsSettings settings) {
        return settings.file()
                .orElseGet(() ->
                        StateDirectory.of(System.getenv("STATE_DIRECTORY")).fakes());
    }

    NameService names() {
        return dns;
    }

    /** Whether a configuration can be served without starting anew: fake IPs stay in their file. */
    boolean canServe(Configuration configuration) {
        return file(configuration.dns()).equals(file);
    }

    void apply(Configuration configuration) {
        dns.apply(of(configuration));
        settings = configuration.dns();
    }

    /** How it is doing. */
    public StatusView.DnsStatus status() {
        return DnsViews.status(dns, settings);
    }

    /** How many names have a fake IP. */
    public int fakes() {
        return dns.fakes().map(FakeView::names).orElse(0);
    }

    /**
     * What would be answered, and why.
     *
     * @param application path of its cgroup from the managed root; null: nobody in particular
     * @throws IllegalArgumentException there is no such type, or no such name can be
     */
    public DnsView explain(String name, String type, @Nullable String application) {
        var explanation = dns.explain(name, type, application == null ? null : root + application);
        return DnsViews.view(explanation, settings, application);
    }

    /** What is remembered. */
    public DnsCacheView cache() {
        return DnsViews.cache(dns, settings);
    }

    /** Forgets something. */
    public FlushView flush(FlushRequest.What what) {
        return new FlushView(
                what,
                switch (what) {
                    case cache -> dns.flushCache();
                    case fakes -> dns.flushFakes();
                });
    }

    @Override
    public void close() {
        dns.close();
    }

    /** Logs what people should know, and tells the kernel what it should. */
    private record Listener(FlowLog log, RouteFeed routes) implements DnsListener {
        @Override
        public void answered(AnsweredQuery query) {
            log.answered(query);
        }

        @Override
        public void resolved(String set, String name, List<InetAddress> addresses, Duration ttl) {
            routes.add(set, addresses, ttl);
        }

        @Override
        public void serverFailed(String server, String reason) {
            LOG.warn("dns: {} does not answer: {}", server, reason);
        }

        @Override
        public void serverAnswers(String server) {
            LOG.info("dns: {} answers again", server);
        }

        @Override
        public void notRemembered(IOException reason) {
            LOG.warn("{}; until then fake IPs are forgotten when the daemon ends", reason.getMessage());
        }

        @Override
        public void remembered() {
            LOG.info("fake IPs are remembered again");
        }

        @Override
        public void damaged(String what) {
            LOG.warn("fake IPs: {}", what);
        }

        @Override
        public void forgotten(int names) {
            LOG.warn("dns: the pools changed, so that {} names lose their fake IPs", names);
        }
    }
}
