// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Output;

/** What {@code sluice status} and {@code sluice check kernel} say of what stands beside Sluice in the kernel. */
@KernelTest
class SurroundingsKernelTest {
    private static Output check(Lab lab) throws Exception {
        return SluiceDaemon.command(
                        lab,
                        "check",
                        "kernel",
                        "-c",
                        lab.file("beside.yaml", """
                version: 1
                bypass: [127.0.0.0/8, '::1', 224.0.0.0/4, 'ff00::/8']
                tproxies: {relay: {mark: 0x4bb8, port: 7893}}
                """).toString())
                .attempt();
    }

    /** How the title of a neighbour begins. */
    private static String title(Neighbour neighbour) {
        return switch (neighbour) {
            case FIREWALLD, FIREWALLD_LOOSE, FIREWALLD_IPTABLES -> "firewalld";
            case UFW -> "ufw";
            case NIXOS, NIXOS_IPTABLES -> "NixOS firewall";
            case TAILSCALE, TAILSCALE_IPTABLES -> "Tailscale";
            case WG_QUICK, WG_QUICK_IPTABLES, VPN_CLIENT -> "wg-quick or a VPN like it";
            case DOCKER, DOCKER_NFTABLES -> "Docker";
            case LIBVIRT, LIBVIRT_IPTABLES -> "libvirt";
            case KUBE_PROXY, KUBE_PROXY_NFTABLES -> "kube-proxy";
            case MULTI_WAN -> "";
        };
    }

    @ParameterizedTest
    @EnumSource
    void statusNamesTheNeighbourAndWhatItMeans(Neighbour neighbour, Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            world.start(neighbour);
            var daemon = world.start("::1");
            var beside = daemon.cli("status").out().lines().filter(line -> line.startsWith("beside "));
            if (title(neighbour).isEmpty()) {
                assertThat(beside).isEmpty();
            } else {
                assertThat(beside).singleElement().asString().startsWith("beside         " + title(neighbour) + ": ");
            }
        }
    }

    @Test
    void checkIsSilentBesideANeighbourUnlessSomethingCannotWork(Lab lab) throws Exception {
        assertThat(check(lab)).isEqualTo(new Output(0, "", ""));
        lab.here().script("nft add table ip nat; nft add chain ip nat DOCKER");
        assertThat(check(lab)).isEqualTo(new Output(0, "", ""));
        lab.here().script("nft add chain ip nat KUBE-SERVICES");
        var checked = check(lab);
        assertThat(checked.status()).isEqualTo(4);
        assertThat(checked.err().lines())
                .singleElement()
                .asString()
                .startsWith("sluice: kube-proxy: the mark 0x4bb8 of \"relay\"");
    }

    @Test
    void ipv6ThatIsOffOnlyOnLoIsToldByBoth(Lab lab) throws Exception {
        var setting = "/proc/sys/net/ipv6/conf/lo/disable_ipv6";
        lab.internet();
        try (var cgroups = CgroupSandbox.create("beside");
                var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            assertThat(daemon.cli("status").out()).doesNotContain("disable_ipv6");
            lab.here().script("echo 1 > " + setting);
            try {
                assertThat(daemon.cli("status").out())
                        .contains("warning: IPv6 is switched off on lo", "sysctl -w net.ipv6.conf.lo.disable_ipv6=0");
                var checked = check(lab);
                assertThat(checked.status()).isEqualTo(4);
                assertThat(checked.err()).contains("sysctl -w net.ipv6.conf.lo.disable_ipv6=0");
            } finally {
                lab.here().script("echo 0 > " + setting + "; ip -6 address replace ::1/128 dev lo");
            }
            assertThat(check(lab)).isEqualTo(new Output(0, "", ""));
        }
    }
}
