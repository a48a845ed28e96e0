// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import sluice.intercept.RoutedAddress;

class RouteFeedTest {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress TWO = InetAddress.ofLiteral("2001:db8::2");
    private static final Duration HOUR = Duration.ofHours(1);

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Collection<RoutedAddress>> told = new ArrayList<>();
    private boolean busy;
    private boolean broken;
    private final RouteFeed feed = new RouteFeed(this::execute, this::admit);

    private void execute(Runnable task) {
        if (busy) {
            throw new RejectedExecutionException("busy");
        }
        tasks.add(task);
    }

    private int admit(Collection<RoutedAddress> addresses) throws IOException {
        if (broken) {
            throw new IOException("broken on purpose");
        }
        told.add(List.copyOf(addresses));
        return 0;
    }

    private void runTasks() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void whatComesTwiceMeanwhileGoesOnceWithTheNewestTime() {
        feed.add("home", List.of(ONE, TWO), HOUR);
        feed.add("home", List.of(ONE), HOUR.multipliedBy(2));
        feed.add("other", List.of(ONE), HOUR);
        assertThat(tasks).hasSize(1);
        runTasks();
        assertThat(told)
                .containsExactly(List.of(
                        new RoutedAddress("home", ONE, HOUR.multipliedBy(2)),
                        new RoutedAddress("home", TWO, HOUR),
                        new RoutedAddress("other", ONE, HOUR)));
        feed.add("home", List.of(ONE), HOUR);
        runTasks();
        assertThat(told).hasSize(2);
    }

    @Test
    void anAddressStaysLongEnoughToBeUsed() {
        feed.add("home", List.of(ONE), Duration.ZERO);
        runTasks();
        assertThat(told).containsExactly(List.of(new RoutedAddress("home", ONE, Duration.ofMinutes(1))));
    }

    @Test
    void noMoreWaitsThanThereIsRoomFor() throws Exception {
        for (int i = 0; i < RouteFeed.MOST + 10; i++) {
            var address = InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
            feed.add("home", List.of(address), HOUR);
        }
        assertThat(tasks).hasSize(1);
        runTasks();
        assertThat(told)
                .singleElement()
                .asInstanceOf(InstanceOfAssertFactories.COLLECTION)
                .hasSize(RouteFeed.MOST);
    }

    @Test
    void whatABusyControlThreadDoesNotTakeGoesWithTheNext() {
        busy = true;
        feed.add("home", List.of(ONE), HOUR);
        assertThat(tasks).isEmpty();
        busy = false;
        feed.add("home", List.of(TWO), HOUR);
        runTasks();
        assertThat(told)
                .containsExactly(List.of(new RoutedAddress("home", ONE, HOUR), new RoutedAddress("home", TWO, HOUR)));
    }

    @Test
    void aFailureOfTheKernelStopsNothing() {
        broken = true;
        feed.add("home", List.of(ONE), HOUR);
        runTasks();
        broken = false;
        feed.add("home", List.of(ONE), HOUR);
        runTasks();
        assertThat(told).hasSize(1);
    }
}
