// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.cgroup.Cgroup;
import sluice.intercept.Assignment;
import sluice.intercept.Blueprint;
import sluice.intercept.Change;
import sluice.intercept.Mechanism;
import sluice.intercept.PolicyTree;
import sluice.intercept.RoutedAddress;
import sluice.intercept.Ruling;
import sluice.intercept.Verdict;
import sluice.linux.FileDescriptor;
import sluice.linux.Timer;
import sluice.rules.Marks;
import sluice.rules.PrefixSet;

@Timeout(200)
class ReconcilerTest {
    private static final Blueprint BLUEPRINT = new Blueprint(
            new Blueprint.Root(1, 1),
            PrefixSet.merge(List.of()),
            List.of(),
            Marks.DEFAULT,
            300,
            2000,
            false,
            Blueprint.Names.NONE);

    private static Reconciler reconciler(ControlLoop loop, Mechanism mechanism) {
        return new Reconciler(loop, new Footprint(loop), mechanism, BLUEPRINT, cgroup -> new Ruling(0, Verdict.DIRECT));
    }

    @Test
    void whatCannotBeGivenUpInAQuietMomentIsRepaired() throws Exception {
        try (var loop = ControlLoop.open();
                var mechanism = new Flushed(loop);
                var reconciler = reconciler(loop, mechanism)) {
            reconciler.install();
            reconciler.created(new Cgroup(7, "/a", 1));
            reconciler.flush();
            loop.run();
            assertThat(mechanism.calls).containsExactly("install", "update", "settle", "install");
        }
    }

    @Test
    void whatOthersPutInFrontIsOvertakenAndNothingIsMadeAnew() throws Exception {
        try (var loop = ControlLoop.open();
                var mechanism = new Overtaken(loop, false);
                var reconciler = reconciler(loop, mechanism)) {
            reconciler.install();
            loop.run();
            assertThat(mechanism.calls).containsExactly("install", "reorder");
            assertThat(reconciler.repairs()).isZero();
        }
    }

    @Test
    void whatCannotBeOvertakenIsRepaired() throws Exception {
        try (var loop = ControlLoop.open();
                var mechanism = new Overtaken(loop, true);
                var reconciler = reconciler(loop, mechanism)) {
            reconciler.install();
            loop.run();
            assertThat(mechanism.calls).containsExactly("install", "reorder", "install");
            assertThat(reconciler.repairs()).isOne();
        }
    }

    /** A mechanism with a table that another program has removed by the time it is to be tidied up. */
    private static final class Flushed extends RecordingMechanism {
        private Flushed(ControlLoop loop) throws IOException {
            super(loop);
        }

        @Override
        public void install(Blueprint blueprint, PolicyTree tree) {
            super.install(blueprint, tree);
            if (calls.contains("settle")) {
                loop.stop();
            }
        }

        @Override
        public void settle(PolicyTree tree) throws IOException {
            super.settle(tree);
            throw new IOException("no such table");
        }
    }

    /** A mechanism that another program comes in front of, once; what it does then may fail. */
    private static final class Overtaken extends RecordingMechanism {
        private final boolean fails;

        private Overtaken(ControlLoop loop, boolean fails) throws IOException {
            super(loop);
            this.fails = fails;
        }

        @Override
        public void install(Blueprint blueprint, PolicyTree tree) {
            super.install(blueprint, tree);
            if (calls.contains("reorder")) {
                loop.stop();
            }
        }

        @Override
        public Disturbance disturbance() throws IOException {
            return super.disturbance() == Disturbance.UNKNOWN ? Disturbance.OUT_OF_ORDER : Disturbance.NONE;
        }

        @Override
        public List<String> reorder() throws IOException {
            super.reorder();
            if (fails) {
                throw new IOException("no such rule");
            }
            loop.stop();
            return List.of("moved");
        }
    }

    /** A mechanism that notes what it is asked to do, and once tells of a change by another program. */
    private abstract static class RecordingMechanism implements Mechanism {
        final ControlLoop loop;
        final List<String> calls = new ArrayList<>();
        private final Timer notification = Timer.open("notification");

        private RecordingMechanism(ControlLoop loop) throws IOException {
            this.loop = loop;
            notification.after(Duration.ZERO);
        }

        @Override
        public String name() {
            return "recording";
        }

        @Override
        public void install(Blueprint blueprint, PolicyTree tree) {
            calls.add("install");
        }

        @Override
        public void update(List<Change> changes, PolicyTree tree) {
            calls.add("update");
        }

        @Override
        public void settle(PolicyTree tree) throws IOException {
            calls.add("settle");
        }

        @Override
        public void reload(Blueprint blueprint, List<Change> changes, PolicyTree tree) {
            calls.add("reload");
        }

        @Override
        public int admit(Collection<RoutedAddress> addresses) {
            return 0;
        }

        @Override
        public void rehearse(Assignment nobody) {
            calls.add("rehearse");
        }

        @Override
        public void rehearseDeeper(PolicyTree tree) {
            calls.add("rehearseDeeper");
        }

        @Override
        public boolean isIntact(PolicyTree tree) {
            return true;
        }

        @Override
        public List<FileDescriptor> notifications() {
            return List.of(notification.descriptor());
        }

        @Override
        public Disturbance disturbance() throws IOException {
            return notification.expirations() > 0 ? Disturbance.UNKNOWN : Disturbance.NONE;
        }

        @Override
        public List<String> warnings() {
            return List.of();
        }

        @Override
        public Map<Integer, Traffic> traffic(PolicyTree tree) {
            return Map.of();
        }

        @Override
        public List<String> held(Cgroup cgroup) {
            return List.of();
        }

        @Override
        public List<String> reorder() throws IOException {
            calls.add("reorder");
            return List.of();
        }

        @Override
        public void remove() {
            calls.add("remove");
        }

        @Override
        public void close() {
            notification.close();
        }
    }
}
