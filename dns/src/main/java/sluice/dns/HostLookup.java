// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.dns.message.Mnemonics;
import sluice.dns.message.Query;
import sluice.dns.message.Wire;
import sluice.dns.policy.Ruling;
import sluice.dns.upstream.ServerGroup;

/** The true addresses of names, for those who connect themselves. Blocks, for virtual threads. */
final class HostLookup {
    /** How long the other family may take once one has addresses (RFC 8305, section 3). */
    private static final Duration RESOLUTION_DELAY = Duration.ofMillis(50);

    private final Lookups lookups;
    private final Bound waiting;

    HostLookup(Lookups lookups, Bound waiting) {
        this.lookups = lookups;
        this.waiting = waiting;
    }

    /**
     * By what a ruling says.
     *
     * @param asker for whom; null for the engine itself
     */
    List<InetAddress> addresses(@Nullable Asker asker, String name, Ruling ruling, Duration timeout)
            throws UnknownHostException {
        return switch (ruling.action()) {
            case FORWARD, FAKE, FAKE_IF_FOUND -> addresses(asker, name, ruling.servers(), timeout);
            case LOOPBACK -> List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));
            case REFUSE -> throw unknown(name, "dns.rules[" + ruling.rule() + "] refuses it");
            case NONEXISTENT -> {
                var special = ruling.special();
                throw unknown(name, special == null ? "there is no such name" : special.reason());
            }
        };
    }

    /** By asking some servers for both families; IPv4 first, as the JDK does. */
    private List<InetAddress> addresses(@Nullable Asker asker, String name, ServerGroup servers, Duration timeout)
            throws UnknownHostException {
        long end = System.nanoTime() + timeout.toNanos();
        var asked = Stream.of(Wire.A, Wire.AAAA)
                .map(type -> ask(asker, name, type, servers))
                .filter(Objects::nonNull)
                .toList();
        if (!asked.isEmpty()) {
            var _ = await(CompletableFuture.anyOf(asked.toArray(CompletableFuture<?>[]::new)), end - System.nanoTime());
        }
        for (var one : asked) {
            long patience = end - System.nanoTime();
            boolean enough = !known(asked).isEmpty();
            var _ = await(one, enough ? Math.min(patience, RESOLUTION_DELAY.toNanos()) : patience);
        }
        var addresses = known(asked);
        if (addresses.isEmpty()) {
            throw unknown(name, asked.size() < 2 ? "too many queries are under way" : why(asked, servers));
        }
        return addresses;
    }

    private static List<InetAddress> known(List<CompletableFuture<Found>> asked) {
        return asked.stream()
                .filter(CompletableFuture::isDone)
                .flatMap(one -> one.join().addresses().stream())
                .toList();
    }

    private static String why(List<CompletableFuture<Found>> asked, ServerGroup servers) {
        var found = asked.stream()
                .filter(CompletableFuture::isDone)
                .map(CompletableFuture::join)
                .findFirst()
                .orElse(null);
        if (found == null) {
            return "no server of " + servers.names() + " answered in time";
        }
        if (!found.answer().failure().isEmpty()) {
            return "no server answered: " + found.answer().failure();
        }
        return found.answer().rcode() == Wire.NOERROR
                ? "it has no address"
                : "the answer of " + servers.names() + " is "
                        + Mnemonics.rcode(found.answer().rcode());
    }

    private static UnknownHostException unknown(String name, String why) {
        return new UnknownHostException("look up " + name + ": " + why);
    }

    /** Null when too much is under way to ask and no answer is remembered, however old. */
    private @Nullable CompletableFuture<Found> ask(@Nullable Asker asker, String name, int type, ServerGroup servers) {
        var query = Query.of(name, type);
        var known = lookups.find(servers, query);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        var answer = new CompletableFuture<Found>();
        var place = waiting.take(Lookups.claimant(asker));
        if (place == null) {
            var old = lookups.old(servers, query);
            return old == null ? null : CompletableFuture.completedFuture(old);
        }
        lookups.ask(servers, query, asker, found -> {
            place.close();
            answer.complete(found);
        });
        return answer;
    }

    private static <T> @Nullable T await(CompletableFuture<T> answer, long nanos) {
        try {
            return answer.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
