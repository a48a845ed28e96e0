// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyTargetsTest {
    private static final String OUTBOUNDS = """
            outbounds:
              http: {type: http, server: "192.0.2.1:3128"}
              plain: {type: socks5, server: "192.0.2.1:1080"}
              full: {type: socks5, server: "192.0.2.1:1080", udp: true}
              vpn: {type: direct, interface: wg0}
            """;

    @Test
    void targetsAreWhatRulesNameAndWhatRunningProgramsUse() throws Exception {
        var configuration = Configurations.read(
                OUTBOUNDS + "rules: [{match: a, proxy: full}, {match: b, proxy: direct}, {match: c, drop: true}]\n");
        assertThat(ProxyTargets.of(configuration, List.of())).containsExactly("direct", "full");
        assertThat(ProxyTargets.of(configuration, List.of("vpn", "of an earlier file", "block")))
                .containsExactly("block", "direct", "full", "vpn");
        assertThat(ProxyTargets.of(Configurations.read(OUTBOUNDS), List.of())).isEmpty();
    }

    @Test
    void udpIsRefusedWhereNoWayOutCanCarryIt() throws Exception {
        var configuration = Configurations.read(OUTBOUNDS);
        assertThat(ProxyTargets.mayCarryUdp(configuration, "http")).isFalse();
        assertThat(ProxyTargets.mayCarryUdp(configuration, "full")).isTrue();
    }

    @Test
    void aRouteMayCarryWhatTheTargetCannot() throws Exception {
        var tcp = Configurations.read(OUTBOUNDS + "routes: [{port: 443, network: tcp, outbound: direct}]\n");
        assertThat(ProxyTargets.mayCarryUdp(tcp, "http")).isFalse();
        var udp =
                Configurations.read(OUTBOUNDS + "routes: [{port: 443, outbound: plain}, {port: 53, outbound: full}]\n");
        assertThat(ProxyTargets.mayCarryUdp(udp, "http")).isTrue();
    }
}
