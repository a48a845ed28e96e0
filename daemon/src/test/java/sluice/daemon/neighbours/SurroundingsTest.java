// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.neighbours;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.PolicyRule;

class SurroundingsTest {
    private static final Map<String, Integer> MARKS = Map.of("mihomo", 3000);
    private static final Map<String, Integer> NO_MARKS = Map.of();
    private static final KernelNames NOTHING = new KernelNames(Set.of(), Set.of(), List.of());

    @TempDir
    private Path proc;

    private void setting(String name, String value) throws Exception {
        var file = proc.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, value + "\n");
    }

    private List<String> obstacles(KernelNames names, Map<String, Integer> marks) throws Exception {
        return Surroundings.of(names, new KernelSettings(proc), marks).obstacles();
    }

    private List<String> neighbours(Set<String> tables, Set<String> chains, List<PolicyRule> rules) throws Exception {
        return Surroundings.of(new KernelNames(tables, chains, rules), new KernelSettings(proc), MARKS)
                .neighbours();
    }

    @Test
    void nothingIsSaidWhereNothingIs() throws Exception {
        assertThat(Surroundings.of(NOTHING, new KernelSettings(proc), MARKS))
                .isEqualTo(new Surroundings(List.of(), List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "firewalld, filter_INPUT, firewalld",
        "filter, INPUT_ZONES, firewalld",
        "filter, ufw-before-input, ufw",
        "filter, ufw6-before-output, ufw",
        "mangle, nixos-fw-rpfilter, NixOS firewall",
        "nixos-fw, rpfilter, NixOS firewall",
        "filter, ts-input, Tailscale",
        "wg-quick-wg0, preraw, wg-quick or a VPN like it",
        "nat, DOCKER, Docker",
        "docker-bridges, filter-FORWARD, Docker",
        "filter, LIBVIRT_INP, libvirt",
        "libvirt_network, forward, libvirt",
        "nat, KUBE-SERVICES, kube-proxy",
        "kube-proxy, services, kube-proxy",
    })
    void neighboursAreRecognisedByTheirTablesAndChains(String table, String chain, String title) throws Exception {
        assertThat(neighbours(Set.of("sluice", table), Set.of("output", chain), List.of()))
                .singleElement()
                .asString()
                .startsWith(title + ": ");
    }

    @Test
    void wgQuickIsRecognisedByItsPolicyRuleWhereItHasNoTable() throws Exception {
        var rule = new PolicyRule(IpFamily.IPV4, 1999, 51820, -1, 51820, 3, 1, true, "");
        assertThat(neighbours(Set.of(), Set.of(), List.of(rule)))
                .singleElement()
                .asString()
                .startsWith("wg-quick or a VPN like it: ");
    }

    @ParameterizedTest
    @CsvSource({"KUBE-SERVICES, 0x4bb8, kube-proxy", "KUBE-SERVICES, 0x8001, kube-proxy", "ts-input, 0x40001, Tailscale"
    })
    void aMarkThatANeighbourMasqueradesOrDropsByIsAnObstacle(String chain, String mark, String title) throws Exception {
        var names = new KernelNames(Set.of(), Set.of(chain), List.of());
        assertThat(obstacles(names, Map.of("mihomo", Integer.decode(mark))))
                .singleElement()
                .asString()
                .startsWith(title + ": the mark " + mark + " of \"mihomo\"")
                .endsWith("give the tproxy another mark");
        assertThat(obstacles(names, MARKS)).isEmpty();
    }

    @Test
    void ipv6ThatIsOffOnlyOnLoIsAnObstacle() throws Exception {
        setting("sys/net/ipv6/conf/lo/disable_ipv6", "1");
        setting("net/if_inet6", "20010db8000100000000000000000002 02 40 00 80     eth0");
        assertThat(obstacles(NOTHING, NO_MARKS))
                .singleElement()
                .asString()
                .contains("sysctl -w net.ipv6.conf.lo.disable_ipv6=0");
        setting("net/if_inet6", """
                00000000000000000000000000000001 01 80 00 80       lo
                fe80000000000000d0d5affffe3f5a4c 02 40 20 80     eth0""");
        assertThat(obstacles(NOTHING, NO_MARKS)).isEmpty();
    }

    @Test
    void aConnectionTrackingTableThatIsNearlyFullIsAnObstacle() throws Exception {
        setting("sys/net/netfilter/nf_conntrack_max", "1000");
        setting("sys/net/netfilter/nf_conntrack_count", "899");
        assertThat(obstacles(NOTHING, NO_MARKS)).isEmpty();
        setting("sys/net/netfilter/nf_conntrack_count", "900");
        assertThat(obstacles(NOTHING, NO_MARKS))
                .singleElement()
                .asString()
                .contains("900 of 1000", "sysctl -w net.netfilter.nf_conntrack_max=4000");
        setting("sys/net/netfilter/nf_conntrack_max", "0");
        assertThat(obstacles(NOTHING, NO_MARKS)).isEmpty();
    }
}
