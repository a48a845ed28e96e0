// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.bounds.Bounds;
import sluice.bounds.Claimant;
import sluice.dns.FakeListener;
import sluice.rules.Prefix;
import sluice.testkit.Await;

/** Pools for tests: their settings, what their listener heard, and a clock that the test moves. */
final class Pools {
    static final Duration LIMIT = Await.SOON;
    static final int TTL = 60;
    static final Scribe.Pauses SHORT_PAUSES = new Scribe.Pauses(Duration.ofMillis(20), Duration.ofMillis(50));

    final AtomicInteger clock = new AtomicInteger(1000);
    final Events events = new Events();
    private final Path file;

    Pools(Path directory) {
        file = directory.resolve("fakes");
    }

    /** What a listener heard, in order. */
    static final class Events implements FakeListener {
        final List<String> heard = new CopyOnWriteArrayList<>();

        @Override
        public void notRemembered(IOException reason) {
            heard.add("not remembered: " + reason.getMessage());
        }

        @Override
        public void remembered() {
            heard.add("remembered");
        }

        @Override
        public void damaged(String what) {
            heard.add("damaged: " + what);
        }

        @Override
        public void forgotten(int names) {
            heard.add("forgotten: " + names);
        }
    }

    Path file() {
        return file;
    }

    FakeSettings settings(String ipv4, String ipv6) {
        return new FakeSettings(Prefix.parse(ipv4), Prefix.parse(ipv6), Duration.ofSeconds(TTL), file);
    }

    FakePool open(String ipv4, String ipv6) {
        return FakePool.open(settings(ipv4, ipv6), events, new Bounds(Bounds.Listener.NONE), clock::get, SHORT_PAUSES);
    }

    /** With 254 less one slots. */
    FakePool small() {
        return open("198.18.0.0/24", "fd00:5315::/96");
    }

    FakePool usual() {
        return open("198.18.0.0/15", "fd00:5315::/96");
    }

    /** The slot that a name is given, or has, where no share has a limit. */
    static int give(FakePool pool, String name) throws Exception {
        return give(pool, name, Claimant.SELF);
    }

    /** The slot that a name is given, or has, when this application asks for it. */
    static int give(FakePool pool, String name, Claimant claimant) throws Exception {
        var slot = new CompletableFuture<Integer>();
        pool.assign(name, claimant, slot::complete);
        return slot.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
}
