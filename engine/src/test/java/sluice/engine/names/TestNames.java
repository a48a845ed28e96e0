// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.dns.NameService;

/** A DNS of the test's own: answers what is written down, names that begin with {@code later} once {@link #release} is called. */
public final class TestNames implements NameService {
    /** What names are answered with, and lead to. */
    public final Map<String, List<InetAddress>> hosts = new ConcurrentHashMap<>();
    /** What addresses mean. */
    public final Map<InetAddress, String> fakes = new ConcurrentHashMap<>();

    /** Names of true addresses, given to every application. */
    public final Map<InetAddress, String> hints = new ConcurrentHashMap<>();

    public final Map<InetAddress, Boolean> forgotten = new ConcurrentHashMap<>();
    /** Leases that are not closed. */
    public final AtomicInteger leases = new AtomicInteger();
    /** Who asked what. */
    public final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
    /** Names that were looked up for flows. */
    public final Queue<Asked> resolved = new ConcurrentLinkedQueue<>();

    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();

    private record Hint(String name) implements Meaning.Hint {
        @Override
        public String name(@Nullable String cgroup) {
            return name;
        }

        @Override
        public boolean isFor(String other, @Nullable String cgroup) {
            return name.equals(other);
        }
    }

    /** A query, or a look-up for a flow. */
    public record Asked(@Nullable Asker asker, String name) {}

    /** A name with its one address. */
    public TestNames host(String name, String address) {
        hosts.put(name, List.of(InetAddress.ofLiteral(address)));
        return this;
    }

    /** A fake IP of a name. */
    public TestNames fake(String address, String name) {
        fakes.put(InetAddress.ofLiteral(address), name);
        return this;
    }

    @Override
    public byte @Nullable [] answer(Asker asker, ByteBuffer query, Consumer<byte[]> later) {
        if (query.remaining() < 17) {
            return null;
        }
        var bytes = new byte[query.remaining()];
        query.get(bytes);
        var name = name(bytes);
        asked.add(new Asked(asker, name));
        if (name.startsWith("fails")) {
            throw new IllegalStateException("as the test wants");
        }
        var answer = answer(bytes, name);
        if (!name.startsWith("later")) {
            return answer;
        }
        held.add(() -> later.accept(answer));
        return null;
    }

    /** Answers what was held back, the last first, on another thread; how many that were. */
    public int release() {
        var all = List.copyOf(held).reversed();
        held.clear();
        Thread.ofPlatform().start(() -> all.forEach(Runnable::run));
        return all.size();
    }

    /** How many wait for {@link #release}. */
    public int held() {
        return held.size();
    }

    private static String name(byte[] message) {
        var name = new StringBuilder();
        for (int at = 12; message[at] != 0; at += message[at] + 1) {
            name.append(name.isEmpty() ? "" : ".")
                    .append(new String(message, at + 1, message[at], StandardCharsets.US_ASCII));
        }
        return name.toString();
    }

    /** RFC 1035, section 4.1: the question again, and an address record of the family that was asked for. */
    private byte[] answer(byte[] query, String name) {
        int end = 12 + name.length() + 2 + 4;
        boolean ipv4 = query[end - 3] == 1;
        var addresses = hosts.getOrDefault(name, List.of()).stream()
                .filter(address -> (address.getAddress().length == 4) == ipv4)
                .toList();
        var answer = new ByteArrayOutputStream();
        answer.write(query, 0, 2);
        answer.writeBytes(new byte[] {(byte) 0x81, (byte) 0x80, 0, 1, 0, (byte) addresses.size(), 0, 0, 0, 0});
        answer.write(query, 12, end - 12);
        for (var address : addresses) {
            var data = address.getAddress();
            answer.writeBytes(
                    new byte[] {(byte) 0xc0, 12, 0, query[end - 3], 0, 1, 0, 0, 0, 60, 0, (byte) data.length});
            answer.writeBytes(data);
        }
        return answer.toByteArray();
    }

    @Override
    public Meaning meaning(InetAddress address) {
        var fake = fakes.get(address);
        if (fake != null) {
            leases.incrementAndGet();
            return new Meaning.Fake(fake, new Lease() {
                private boolean closed;

                @Override
                public void close() {
                    if (!closed) {
                        closed = true;
                        leases.decrementAndGet();
                    }
                }
            });
        }
        var hint = hints.get(address);
        return hint != null ? new Hint(hint) : forgotten.containsKey(address) ? Meaning.FORGOTTEN : Meaning.ADDRESS;
    }

    @Override
    public List<InetAddress> resolve(@Nullable Asker asker, String name, Duration timeout) throws UnknownHostException {
        resolved.add(new Asked(asker, name));
        var found = hosts.get(name);
        if (found == null) {
            throw new UnknownHostException("there is no " + name);
        }
        return found;
    }
}
