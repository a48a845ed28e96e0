// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalInt;
import sluice.engine.GroupView;

/** What tests found out about one member of a group. Any thread. */
final class MemberHealth {
    private static final int MOST_SAMPLES = 10;

    private final ArrayDeque<GroupView.Sample> samples = new ArrayDeque<>(MOST_SAMPLES);
    private final String name;

    MemberHealth(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    synchronized void answered(int millis) {
        add(new GroupView.Sample(Instant.now(), OptionalInt.of(millis), ""));
    }

    synchronized void failed(String why) {
        add(new GroupView.Sample(Instant.now(), OptionalInt.empty(), why));
    }

    private void add(GroupView.Sample sample) {
        if (samples.size() == MOST_SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(sample);
    }

    /** Not known to be dead. */
    synchronized boolean isAlive() {
        return samples.isEmpty() || samples.getLast().delay().isPresent();
    }

    /** Of the last test, if it succeeded. */
    synchronized OptionalInt delay() {
        return samples.isEmpty() ? OptionalInt.empty() : samples.getLast().delay();
    }

    synchronized GroupView.Member view() {
        return new GroupView.Member(name, isAlive(), List.copyOf(samples));
    }
}
