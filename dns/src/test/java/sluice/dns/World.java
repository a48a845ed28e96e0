// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bounds;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.testkit.Await;

/** DNS with a configuration as in a file, a network that stays on this machine, and a clock that the test moves. */
final class World implements AutoCloseable {
    static final Duration LIMIT = Await.SOON;

    final LoopbackNetwork network = new LoopbackNetwork();
    final Ears ears = new Ears();
    final AtomicLong clock = new AtomicLong(1_000_000);
    private final Path directory;
    private final Dns dns;

    /**
     * Starts it.
     *
     * @param directory for its file
     * @param yaml what stands below {@code dns:}, in flow style
     * @param routes what stands below {@code routes:}
     */
    World(Path directory, String yaml, String routes) {
        this.directory = directory;
        dns = Dns.start(
                configuration(directory, yaml, routes), network, ears, new Bounds(Bounds.Listener.NONE), clock::get);
    }

    /** With another network. */
    World(Path directory, String yaml, Network other) {
        this.directory = directory;
        dns = Dns.start(
                configuration(directory, yaml, "[]"), other, ears, new Bounds(Bounds.Listener.NONE), clock::get);
    }

    World(Path directory, String yaml) {
        this(directory, yaml, "[]");
    }

    static DnsConfiguration configuration(Path directory, String yaml, String routes) {
        var text = "version: 1\ndns: " + yaml + "\nroutes: " + routes + "\nrules: []\n";
        try {
            var configuration = new ConfigurationReader(_ -> OptionalInt.empty(), Files::newInputStream)
                    .read("test", text.getBytes(StandardCharsets.UTF_8))
                    .configuration();
            return new DnsConfiguration(
                    configuration.dns(),
                    configuration.routes(),
                    directory.resolve("fakes"),
                    directory.resolve("resolv.conf"));
        } catch (InvalidConfigurationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    void apply(String yaml, String routes) {
        dns.apply(configuration(directory, yaml, routes));
    }

    Dns dns() {
        return dns;
    }

    long count(DnsCounter counter) {
        return dns.counters().count(counter);
    }

    /** Asks as an application whose cgroup is not known, over UDP. */
    Messages.Read ask(String name, String type) throws Exception {
        return ask(new Client(null, false), Messages.query(7, name, type));
    }

    /** Asks, and reads the answer. */
    Messages.Read ask(Client client, byte[] query) throws Exception {
        return Messages.read(send(client, query).get(LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    /** Asks; the answer comes at some time. */
    CompletableFuture<byte[]> send(Client client, byte[] query) {
        var answer = new CompletableFuture<byte[]>();
        byte[] now = dns.answer(client, ByteBuffer.wrap(query), answer::complete);
        if (now != null) {
            answer.complete(now);
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        dns.close();
        network.close();
    }

    /** Who asks. */
    record Client(@Nullable String path, boolean overTcp, int port) implements Asker {
        Client(@Nullable String path, boolean overTcp) {
            this(path, overTcp, 40_000);
        }

        @Override
        public InetEndpoint client() {
            return new InetEndpoint(InetAddress.ofLiteral("192.0.2.1"), port);
        }

        @Override
        public InetEndpoint server() {
            return new InetEndpoint(InetAddress.ofLiteral("192.0.2.53"), 53);
        }

        @Override
        public String target() {
            return "office";
        }

        @Override
        public String share() {
            return path == null ? UNKNOWN : path;
        }

        @Override
        public @Nullable String cgroup() {
            return path;
        }
    }

    /** What the listener heard. */
    static final class Ears implements DnsListener {
        final List<AnsweredQuery> queries = new CopyOnWriteArrayList<>();
        final List<String> sets = new CopyOnWriteArrayList<>();
        final List<Integer> forgotten = new CopyOnWriteArrayList<>();
        final List<String> servers = new CopyOnWriteArrayList<>();

        @Override
        public void answered(AnsweredQuery query) {
            queries.add(query);
        }

        @Override
        public void resolved(String set, String name, List<InetAddress> addresses, Duration ttl) {
            sets.add(set + " " + name + " "
                    + addresses.stream().map(InetAddress::getHostAddress).toList() + " " + ttl.toSeconds());
        }

        @Override
        public void serverFailed(String server, String reason) {
            servers.add(server + " failed: " + reason);
        }

        @Override
        public void serverAnswers(String server) {
            servers.add(server + " answers");
        }

        @Override
        public void notRemembered(IOException reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void remembered() {}

        @Override
        public void damaged(String what) {
            throw new AssertionError(what);
        }

        @Override
        public void forgotten(int names) {
            forgotten.add(names);
        }
    }
}
