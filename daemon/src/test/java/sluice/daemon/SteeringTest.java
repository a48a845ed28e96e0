// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.cgroup.CgroupRoot;
import sluice.intercept.Blueprint;
import sluice.intercept.Redirection;
import sluice.intercept.Verdict;
import sluice.rules.ConfigurationReader;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;
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

    @Test
    void theFormerLoopGuardIsKnownAsLongAsNoMarkHasItsBit() throws Exception {
        int first = 0x0800_0000;
        int second = 0x0400_0000;
        var before = steering("", Map.of());
        assertThat(guard(before)).isEqualTo(first);
        var after = steering("marks: {guard: 0x04000000}\n", Map.of()).after(before);
        assertThat(guard(after)).isEqualTo(first | second);
        assertThat(guard(after.whileDown(Set.of("relay")))).isEqualTo(first | second);
        var other = steering("marks: {guard: 0x02000000}\n", Map.of()).after(after);
        assertThat(guard(other)).isEqualTo(first | second | 0x0200_0000);
        for (var taken : new String[] {
            "tproxies: {relay: {mark: 0x08000001, port: 7893}}", "outbounds: {vpn: {type: direct, mark: 0x08000000}}"
        }) {
            assertThat(guard(steering("marks: {guard: 0x04000000}\n" + taken, Map.of())
                            .after(before)))
                    .isEqualTo(second);
        }
        var engine = Redirection.toEngine("proxy office", first | 1, 40_000, true, false);
        assertThat(guard(steering("marks: {guard: 0x04000000}\n", Map.of("office", engine))
                        .after(before)))
                .isEqualTo(second);
    }

    @Test
    void connectedNetworksAreInBypassWhereTheFileSaysSo() throws Exception {
        var networks = List.of(Prefix.parse("10.1.0.0/16"), Prefix.parse("fd00::/16"));
        var without = steering("bypass: [192.0.2.0/24]\n", Map.of()).connectedTo(networks);
        assertThat(bypass(without)).isEqualTo(merged("192.0.2.0/24"));
        assertThat(without.lan()).isEmpty();

        var lan = steering("bypass: [lan, 192.0.2.0/24]\n", Map.of()).connectedTo(networks);
        assertThat(bypass(lan)).isEqualTo(merged("192.0.2.0/24", "10.1.0.0/16", "fd00::/16"));
        assertThat(bypass(lan.whileDown(Set.of("relay")).after(without))).isEqualTo(bypass(lan));
        assertThat(bypass(lan.connectedTo(List.of()))).isEqualTo(merged("192.0.2.0/24"));

        var fakes = steering("bypass: [lan]\ndns: {mode: fake-ip}\n", Map.of()).connectedTo(networks);
        assertThat(bypass(fakes)).isEqualTo(merged("10.1.0.0/16"));
    }

    @Test
    void thisMachinesOwnAddressesAreInBypassWhereTheFileSaysSo() throws Exception {
        assertThat(blueprint(steering("", Map.of())).bypassLocal()).isFalse();
        assertThat(blueprint(steering("bypass: [local]\n", Map.of())).bypassLocal())
                .isTrue();
    }

    private static PrefixSet merged(String... blocks) {
        return PrefixSet.merge(Stream.of(blocks).map(Prefix::parse).toList());
    }

    private static PrefixSet bypass(Steering steering) {
        return blueprint(steering).bypass();
    }

    private static Blueprint blueprint(Steering steering) {
        return steering.blueprint(new Blueprint.Root(1, 0));
    }

    private static int guard(Steering steering) {
        return steering.blueprint(new Blueprint.Root(1, 0)).marks().guard();
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
