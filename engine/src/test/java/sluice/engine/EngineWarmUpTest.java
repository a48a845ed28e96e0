// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Owner;
import sluice.linux.InetEndpoint;
import sluice.rules.Marks;
import sluice.testkit.Await;

class EngineWarmUpTest {
    /** Without a mark, which would need a privilege. */
    private static final Marks UNMARKED = Marks.DEFAULT.withGuard(0);

    private final Queue<InetEndpoint> clients = new ConcurrentLinkedQueue<>();
    private final Queue<InetEndpoint> listeners = new ConcurrentLinkedQueue<>();

    private Owner owner(InetEndpoint client, InetEndpoint listener) {
        clients.add(client);
        listeners.add(listener);
        return Owner.UNKNOWN;
    }

    private static BooleanSupplier afterOne() {
        var asked = new AtomicInteger();
        return () -> asked.incrementAndGet() > 1;
    }

    @Test
    void bothWaysAreTakenOverLoopbackAndNothingIsLeft() throws Exception {
        // What the JVM itself opens for the first one stays open.
        EngineWarmUp.run(UNMARKED, Attribution.NONE, true, afterOne());
        long descriptors = Rig.openDescriptors();
        int threads = Thread.activeCount();
        EngineWarmUp.run(UNMARKED, (_, client, listener) -> owner(client, listener), true, () -> false);
        assertThat(clients)
                .hasSizeGreaterThan(100)
                .allMatch(client -> client.address().isLoopbackAddress());
        assertThat(Set.copyOf(listeners))
                .singleElement()
                .matches(listener -> listener.address().isLoopbackAddress());
        Await.until("as many descriptors as before", Await.SOON, () -> Rig.openDescriptors() <= descriptors);
        Await.until("as many threads as before", Await.SOON, () -> Thread.activeCount() <= threads);
    }

    @Test
    void itEndsBetweenTwoRounds() throws Exception {
        EngineWarmUp.run(UNMARKED, (_, client, listener) -> owner(client, listener), false, afterOne());
        assertThat(clients).hasSize(1);
    }
}
