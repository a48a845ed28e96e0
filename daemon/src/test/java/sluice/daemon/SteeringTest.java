// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.cgroup.CgroupRoot;
import sluice.intercept.Redirection;
import sluice.intercept.Verdict;
import sluice.rules.ConfigurationReader;
import sluice.rules.Target;
import sluice.rules.UserLookup;

class SteeringTest {
    private static final Target OFFICE = new Target.Proxy("office");
    private static final Target RELAY = new Target.Tproxy("relay");
    private static final Redirection ENGINE = Redirection.toEngine("proxy office", 4864, 40_000, true, false);

    @Test
    void aTargetOfSluiceRunThatTheConfigurationLosesIsRefusedInsteadOfLetOut() throws Exception {
        var has = steering("tproxies: {relay: {mark: 3000, port: 7893}}\n", Map.of("office", ENGINE));
        assertThat(verdict(has, OFFICE)).isEqualTo(new Verdict.Redirect(ENGINE));
        assertThat(verdict(has, RELAY)).isInstanceOf(Verdict.Redirect.class);

        var lost = steering("", Map.of());
        for (var target : new Target[] {OFFICE, RELAY}) {
            assertThat(verdict(lost, target)).isEqualTo(new Verdict.Drop(Verdict.Scope.REJECT));
            assertThat(lost.runTarget(RunCgroup.parent(target))).isEqualTo(new Target.Drop(Target.Drop.Kind.REJECT));
        }
        assertThat(verdict(lost, new Target.Direct())).isEqualTo(Verdict.DIRECT);
        assertThat(lost.classifier().classify(new Cgroup(1, RunCgroup.PARENT, 1)))
                .isNull();
    }

    private static @Nullable Verdict verdict(Steering steering, Target target) {
        var ruling = steering.classifier().classify(new Cgroup(1, RunCgroup.parent(target), 2));
        return ruling == null ? null : ruling.verdict();
    }

    private static Steering steering(String text, Map<String, Redirection> proxies) throws Exception {
        var configuration = new ConfigurationReader(UserLookup.passwd(""))
                .read("config.yaml", ("version: 1\n" + text).getBytes(UTF_8))
                .configuration();
        return Steering.of(configuration, new CgroupRoot("/cgroups", 0), Path.of("/cgroups"), proxies);
    }
}
