// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
import sluice.rules.Marks;
import sluice.rules.PrefixSet;

@Timeout(30)
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

    @Test
    void whatCannotBeGivenUpInAQuietMomentIsRepaired() throws Exception {
        try (var loop = ControlLoop.open()) {
            var mechanism = new Flushed(loop);
            try (var reconciler = new Reconciler(
                    loop, new Footprint(loop), mechanism, BLUEPRINT, cgroup -> new Ruling(0, Verdict.DIRECT))) {
                reconciler.install();
                reconciler.created(new Cgroup(7, "/a", 1));
                reconciler.flush();
                loop.run();
                assertThat(mechanism.calls).containsExactly("install", "update", "settle", "install");
            }
        }
    }

    /** Whose table somebody has removed by the time it is to be tidied up. */
    private static final class Flushed implements Mechanism {
        private final ControlLoop loop;
        private final List<String> calls = new ArrayList<>();

        private Flushed(ControlLoop loop) {
            this.loop = loop;
        }

        @Override
        public String name() {
            return "flushed";
        }

        @Override
        public void install(Blueprint blueprint, PolicyTree tree) {
            calls.add("install");
            if (calls.contains("settle")) {
                loop.stop();
            }
        }

        @Override
        public void update(List<Change> changes, PolicyTree tree) {
            calls.add("update");
        }

        @Override
        public void settle(PolicyTree tree) throws IOException {
            calls.add("settle");
            throw new IOException("no such table");
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
            return List.of();
        }

        @Override
        public Disturbance disturbance() {
            return Disturbance.NONE;
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
        public void remove() {
            calls.add("remove");
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }
}
