// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.intercept.Levels.Range;

class PolicyTreeTest {
    private static final Verdict DROP = new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS);
    private static final Verdict TOTAL = new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK);

    private final Map<String, Verdict> policy = new HashMap<>();
    private final PolicyTree tree = new PolicyTree(this::classify);

    private @Nullable Ruling classify(Cgroup cgroup) {
        var verdict = policy.get(cgroup.path());
        return verdict == null ? null : new Ruling(0, verdict);
    }

    private Assignment create(long id, String path) {
        var level = (int) path.chars().filter(c -> c == '/').count();
        return requireNonNull(tree.created(new Cgroup(id, path, level)).after());
    }

    @Test
    void unmatchedCgroupInheritsNearestMatchedAncestor() {
        policy.put("/a", DROP);
        policy.put("/a/b", Verdict.DIRECT);
        create(1, "/a");
        create(2, "/a/b");
        create(3, "/a/b/c");
        create(4, "/x");

        assertThat(requireNonNull(tree.effective("/a/b/c")).cgroup().path()).isEqualTo("/a/b");
        assertThat(requireNonNull(tree.effective("/a/new")).cgroup().path()).isEqualTo("/a");
        assertThat(tree.effective("/x")).isNull();
    }

    @Test
    void theWalkForDropsCoversWhatDropsAndWhatStopsADrop() {
        policy.put("/a", DROP);
        policy.put("/a/b/c", Verdict.DIRECT);
        policy.put("/x/y/z/deep", Verdict.DIRECT);
        create(1, "/a");
        create(2, "/a/b");
        create(3, "/a/b/c");
        create(4, "/x/y/z/deep");
        assertThat(tree.levels().drops()).isEqualTo(new Range(1, 3));
    }

    @Test
    void theWalkForDnsCoversProxiedCgroupsAndWhatIsMatchedBelowThem() {
        policy.put("/a", new Verdict.Redirect(Redirection.toEngine("e", 4001, 7894, false, true)));
        policy.put("/a/b/c", DROP);
        policy.put("/x/y/z/deep", Verdict.DIRECT);
        create(1, "/a");
        create(2, "/a/b");
        assertThat(create(3, "/a/b/c").belowProxied()).isTrue();
        assertThat(create(4, "/x/y/z/deep").belowProxied()).isFalse();
        assertThat(tree.levels().proxied()).isEqualTo(new Range(1, 3));
        policy.put("/a", new Verdict.Redirect(Redirection.toEngine("e", 4001, 7894, false, false)));
        assertThat(tree.reclassify(this::classify)).hasSize(3);
        assertThat(tree.levels().proxied()).isEqualTo(Range.EMPTY);
    }

    @Test
    void everythingBelowADropKnowsIt() {
        policy.put("/a", DROP);
        policy.put("/a/b", TOTAL);
        assertThat(create(1, "/a").belowDrop()).isFalse();
        var child = create(2, "/a/b");
        assertThat(child.belowDrop()).isTrue();
        assertThat(child.belowTotalDrop()).isFalse();
        assertThat(create(3, "/a/b/c").belowTotalDrop()).isTrue();
        assertThat(create(4, "/x").belowDrop()).isFalse();
    }

    @Test
    void reclassifyingReportsExactlyWhatDiffersDownToTheDescendants() {
        policy.put("/a", Verdict.DIRECT);
        policy.put("/x", Verdict.DIRECT);
        create(1, "/a");
        create(2, "/a/b");
        create(3, "/x");
        policy.put("/a", DROP);

        var changes = tree.reclassify(this::classify);

        assertThat(changes)
                .extracting(change -> requireNonNull(change.after()).cgroup().path())
                .containsExactly("/a", "/a/b");
        assertThat(requireNonNull(tree.at("/a/b")).belowDrop()).isTrue();
        assertThat(tree.reclassify(this::classify)).isEmpty();
    }

    @Test
    void aCgroupMadeAnewUnderItsOldNameReplacesTheOldOne() {
        policy.put("/a", DROP);
        create(1, "/a");
        var change = tree.created(new Cgroup(2, "/a", 1));

        assertThat(requireNonNull(change.before()).cgroup().id()).isEqualTo(1);
        assertThat(tree.assignments()).hasSize(1);
        assertThat(tree.removed(new Cgroup(1, "/a", 1))).isNull();
        assertThat(tree.removed(new Cgroup(2, "/a", 1))).isNotNull();
        assertThat(tree.assignments()).isEmpty();
    }

    @Test
    void levelsShrinkWhenTheDeepestCgroupsGo() {
        policy.put("/a/b", DROP);
        create(1, "/a");
        create(2, "/a/b");
        create(3, "/a/b/c");
        assertThat(tree.levels())
                .isEqualTo(new Levels(new Range(2, 2), new Range(2, 2), Range.EMPTY, Range.EMPTY, new Range(1, 3)));
        tree.removed(new Cgroup(3, "/a/b/c", 3));
        tree.removed(new Cgroup(2, "/a/b", 2));
        assertThat(tree.levels())
                .isEqualTo(new Levels(Range.EMPTY, Range.EMPTY, Range.EMPTY, Range.EMPTY, new Range(1, 1)));
    }

    @Test
    void cgroupsThatAreTooDeepForTheKernelInherit() {
        var path = new StringBuilder();
        for (int level = 1; level <= Levels.DEEPEST; level++) {
            create(level, path.append("/d").toString());
        }
        policy.put(path.toString(), DROP);
        assertThat(tree.reclassify(this::classify)).hasSize(1);
        assertThat(tree.isTooDeep()).isFalse();

        var deeper = path + "/d";
        policy.put(deeper, Verdict.DIRECT);
        create(1_000, deeper);
        assertThat(tree.isTooDeep()).isTrue();
        assertThat(requireNonNull(tree.effective(deeper)).cgroup().path()).isEqualTo(path.toString());
        assertThat(tree.levels().all().deepest()).isEqualTo(Levels.DEEPEST);
        assertThat(tree.levels().matched().deepest()).isEqualTo(Levels.DEEPEST);

        tree.removed(new Cgroup(1_000, deeper, Levels.DEEPEST + 1));
        assertThat(tree.isTooDeep()).isFalse();
    }

    @Test
    void levelsBeyondTheUsualAreCounted() {
        var path = new StringBuilder();
        for (int level = 1; level <= 40; level++) {
            create(level, path.append("/d").toString());
        }
        assertThat(tree.levels().all().deepest()).isEqualTo(40);
    }
}
