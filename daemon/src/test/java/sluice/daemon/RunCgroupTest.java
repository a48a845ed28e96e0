// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.control.ExplainView;
import sluice.rules.Target;

class RunCgroupTest {
    @Test
    void everyTargetIsFoundAgainInItsPath() {
        for (var kind : Target.Drop.Kind.values()) {
            assertThat(RunCgroup.target(RunCgroup.parent(new Target.Drop(kind))))
                    .isEqualTo(new Target.Drop(kind));
        }
        assertThat(RunCgroup.target(RunCgroup.parent(new Target.Direct()))).isEqualTo(new Target.Direct());
        assertThat(RunCgroup.target(RunCgroup.parent(new Target.Proxy("office"))))
                .isEqualTo(new Target.Proxy("office"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mihomo", "with space", "a/b", "..", "100%", "ü*=+", "x y/../z"})
    void anyNameMakesOneDirectoryName(String name) {
        var path = RunCgroup.parent(new Target.Tproxy(name));
        assertThat(path.substring(RunCgroup.PARENT.length() + 1))
                .doesNotContain("/")
                .isNotIn(".", "..");
        assertThat(RunCgroup.target(path)).isEqualTo(new Target.Tproxy(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/sluice-run", "/sluice-run/direct/17", "/sluice-run/other", "/sluice-runner/direct", "/a"})
    void otherPathsStandForNoTarget(String path) {
        assertThat(RunCgroup.target(path)).isNull();
    }

    @Test
    void onlyItsOwnSubtreeIsOwned() {
        assertThat(RunCgroup.owns("/sluice-run/direct/17")).isTrue();
        assertThat(RunCgroup.owns("/sluice-runner")).isFalse();
    }

    @Test
    void anExplanationTellsATargetInForceFromTheOneThatWasPromised() {
        Target office = new Target.Proxy("office");
        var path = RunCgroup.parent(office);
        assertThat(RunCgroup.match(path, office))
                .isEqualTo(new ExplainView.Match(path, 0, "sluice run", "proxy office"));
        assertThat(RunCgroup.match(path, new Target.Drop(Target.Drop.Kind.REJECT)))
                .isEqualTo(new ExplainView.Match(
                        path, 0, "sluice run: the configuration has no proxy office any more", "reject"));
        assertThat(RunCgroup.match(RunCgroup.PARENT, null))
                .isEqualTo(new ExplainView.Match(RunCgroup.PARENT, 0, null, null));
    }
}
