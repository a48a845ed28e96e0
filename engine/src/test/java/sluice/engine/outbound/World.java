// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.engine.Attribution;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Marks;
import sluice.rules.Outbound;
import sluice.rules.UserLookup;
import sluice.testkit.Await;

/** A table of outbounds with everything it stands on, for one test. */
final class World implements AutoCloseable {
    static final Duration LONG = Await.SOON;
    static final InetEndpoint ELSEWHERE = new InetEndpoint(InetAddress.ofLiteral("192.0.2.80"), 80);

    private static final Marks NO_GUARD = new Marks(-1, 0xff000000, 0);

    final Parking parking;
    final OutboundTable table;
    final List<String> warnings = new CopyOnWriteArrayList<>();
    final Map<String, List<InetAddress>> hosts = new ConcurrentHashMap<>();
    private final Marks marks;

    private World(Optional<Path> choices, Predicate<InetEndpoint> ours, Marks marks) {
        this.marks = marks;
        try {
            parking = Parking.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        table = new OutboundTable(new OutboundTable.Surroundings(parking, this::resolve, ours, choices, warnings::add));
    }

    /** Without a loop guard's mark, which needs privilege. */
    static World of(String... outbounds) {
        return of(Optional.empty(), endpoint -> false, outbounds);
    }

    static World of(Optional<Path> choices, Predicate<InetEndpoint> ours, String... outbounds) {
        return new World(choices, ours, NO_GUARD).with(outbounds);
    }

    /** With the loop guard's mark. */
    static World guarded(String... outbounds) {
        return new World(Optional.empty(), endpoint -> false, Marks.DEFAULT).with(outbounds);
    }

    /** Puts other outbounds into force, each a line of YAML. */
    World with(String... outbounds) {
        try {
            table.apply(read(outbounds), marks, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    static Map<String, Outbound> read(String... outbounds) {
        var yaml = outbounds.length == 0
                ? "version: 1\n"
                : "version: 1\noutbounds:\n  " + String.join("\n  ", outbounds) + "\n";
        try {
            return new ConfigurationReader(UserLookup.passwd(""))
                    .read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                    .configuration()
                    .outbounds();
        } catch (InvalidConfigurationException e) {
            throw new AssertionError(yaml, e);
        }
    }

    private List<InetAddress> resolve(String name) throws java.net.UnknownHostException {
        var found = hosts.get(name);
        if (found == null) {
            throw new java.net.UnknownHostException(name);
        }
        return found;
    }

    Way way(String outbound) {
        return table.way(outbound, new Destination(ELSEWHERE), Transport.TCP);
    }

    /** Dials on a virtual thread and waits for it. */
    Upstream dial(String outbound, Destination destination, Owner owner, Duration timeout) throws DialException {
        var way = table.way(outbound, destination, Transport.TCP);
        if (!(way instanceof Way.Negotiated negotiated)) {
            throw new AssertionError("not negotiated: " + way);
        }
        return await(() -> negotiated.dialer().dial(flow(destination, owner), timeout));
    }

    static Flow flow(Destination destination, Owner owner) {
        return new Flow(1, Transport.TCP, "direct", ELSEWHERE, destination, Attribution.known(owner));
    }

    Upstream dial(String outbound) throws DialException {
        return dial(outbound, new Destination(ELSEWHERE), Owner.UNKNOWN, LONG);
    }

    UdpAssociation associate(String outbound) throws DialException {
        var way = table.way(outbound, new Destination(ELSEWHERE), Transport.UDP);
        if (!(way instanceof Way.Associated associated)) {
            throw new AssertionError("no association: " + way);
        }
        return await(() -> associated.dialer().associate(LONG));
    }

    interface Task<T> {
        T run() throws Exception;
    }

    <T> T await(Task<T> task) throws DialException {
        var result = new CompletableFuture<T>();
        parking.start("test", () -> {
            try {
                result.complete(task.run());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(45, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DialException refused) {
                throw refused;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Says something over a connection and returns what came back, with what was said too early, up to this many bytes or the end. */
    String talk(Upstream upstream, String words, int count) throws IOException {
        return await(() -> {
            var said = ByteBuffer.wrap(words.getBytes(StandardCharsets.ISO_8859_1));
            var heard = ByteBuffer.allocate(count);
            switch (upstream) {
                case Upstream.Bare(var socket, var early) -> {
                    heard.put(early);
                    try (ParkedSocket parked = parking.adopt(socket)) {
                        parked.write(said, Deadline.in(LONG));
                        boolean more;
                        do {
                            more = heard.hasRemaining() && parked.read(heard, Deadline.in(LONG)) > 0;
                        } while (more);
                    }
                }
                case Upstream.Encrypted(var stream) -> {
                    try (stream) {
                        stream.write(said, Deadline.in(LONG));
                        boolean more;
                        do {
                            more = heard.hasRemaining() && stream.read(heard, Deadline.in(LONG)) > 0;
                        } while (more);
                    }
                }
            }
            return new String(heard.array(), 0, heard.position(), StandardCharsets.ISO_8859_1);
        });
    }

    static int openSockets() throws IOException {
        int count = 0;
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            for (var file : files.toList()) {
                @Nullable String target = target(file);
                count += target != null && target.startsWith("socket:") ? 1 : 0;
            }
        }
        return count;
    }

    private static @Nullable String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // Closed since it was listed.
            return null;
        }
    }

    /** Once every socket is closed that was not open before. */
    static void awaitSockets(int before) {
        Await.until("all sockets to be closed", LONG, () -> openSockets() <= before);
    }

    @Override
    public void close() {
        table.close();
        parking.close();
    }
}
