// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.intercept.Mechanism.Traffic;
import sluice.netlink.nftables.Counter;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftEvent;
import sluice.netlink.nftables.Value;

class RuleTrafficTest {
    private static final Cgroup CGROUP = new Cgroup(7, "/a", 1);
    private static final Ruling DIRECT = new Ruling(0, Verdict.DIRECT);
    private static final Ruling DROP = new Ruling(1, new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS));
    private static final Ruling TOTAL = new Ruling(1, new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK));

    private final Map<String, Ruling> policy = new HashMap<>(Map.of("/a", DIRECT));
    private final PolicyTree tree = new PolicyTree(cgroup -> policy.get(cgroup.path()));
    private final RuleTraffic traffic = new RuleTraffic();

    private static NftEvent.ElementsChanged gone(CgroupSet set, long packets) {
        var element = Element.of(Value.cgroup(CGROUP.id())).withCounter(new Counter(packets, 100 * packets));
        return new NftEvent.ElementsChanged(false, set.definition.name(), List.of(element), 1);
    }

    private static Map<Long, Traffic> counters(long packets) {
        return Map.of(CGROUP.id(), traffic(packets));
    }

    private static Traffic traffic(long packets) {
        return new Traffic(packets, 100 * packets);
    }

    private void move(Ruling to) {
        policy.put("/a", to);
        traffic.removed(tree.reclassify(cgroup -> policy.get(cgroup.path())));
    }

    @Test
    void whatAnElementCountedStaysWithItsRule() {
        tree.created(CGROUP);
        move(DROP);
        traffic.gone(gone(CgroupSet.DIRECT, 5));
        assertThat(traffic.with(counters(3), tree)).isEqualTo(Map.of(0, traffic(5), 1, traffic(3)));
    }

    @Test
    void aCgroupInTwoSetsCountsInBoth() {
        policy.put("/a", TOTAL);
        tree.created(CGROUP);
        policy.remove("/a");
        traffic.removed(tree.reclassify(cgroup -> null));
        traffic.gone(gone(CgroupSet.TOTAL_DROPS, 5));
        traffic.gone(gone(CgroupSet.DIRECT, 2));
        assertThat(traffic.with(Map.of(), tree)).isEqualTo(Map.of(1, traffic(7)));
    }

    @Test
    void nothingCountsTwiceWhenEverythingIsPutInForceAgain() {
        tree.created(CGROUP);
        move(DROP);
        traffic.gone(gone(CgroupSet.DIRECT, 5));
        move(DIRECT);
        traffic.gone(gone(CgroupSet.DROPS, 1));

        traffic.keep(counters(20), tree, List.of());
        traffic.gone(gone(CgroupSet.DIRECT, 20));
        assertThat(traffic.with(Map.of(), tree)).isEqualTo(Map.of(0, traffic(25), 1, traffic(1)));
    }

    @Test
    void whatAnElementCountedStaysWithItsRuleWhenAnotherOneTakesItOver() {
        var sameVerdict = new Ruling(2, Verdict.DIRECT);
        tree.created(CGROUP);
        policy.put("/a", sameVerdict);
        var changes = tree.reclassify(cgroup -> policy.get(cgroup.path()));
        traffic.removed(changes);
        for (var element : RuleTraffic.takenOver(changes)) {
            traffic.handOver(element, traffic(5));
        }
        assertThat(traffic.with(counters(8), tree)).isEqualTo(Map.of(0, traffic(5), 2, traffic(3)));

        move(DROP);
        traffic.gone(gone(CgroupSet.DIRECT, 9));
        assertThat(traffic.with(Map.of(), tree)).isEqualTo(Map.of(0, traffic(5), 2, traffic(4)));
    }

    @Test
    void whatIsPutInForceAnewWithAnotherPolicyLeavesFiguresWithTheirRules() {
        tree.created(CGROUP);
        var changes = tree.reclassify(cgroup -> DROP);
        traffic.keep(counters(6), tree, changes);
        assertThat(traffic.with(counters(1), tree)).isEqualTo(Map.of(0, traffic(6), 1, traffic(1)));
    }
}
