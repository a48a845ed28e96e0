// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyTargetsTest {
    private static final String OUTBOUNDS = """
            outbounds:
              http: {type: http, server: "192.0.2.1:3128"}
              plain: {type: socks5, server: "192.0.2.1:1080"}
              full: {type: socks5, server: "192.0.2.1:1080", udp: true}
              inside: {type: socks5, server: "192.0.2.1:1080", udp: true, via: http}
              behind: {type: socks5, server: "192.0.2.1:1080", udp: true, via: full}
              through: {type: socks5, server: "192.0.2.1:1080", udp: true, via: vpn}
              vpn: {type: direct, interface: wg0}
              none: {type: block}
              some: {type: select, outbounds: [http, full]}
              nothing: {type: select, outbounds: [http, plain, block]}
              nested: {type: fallback, outbounds: [nothing, some]}
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

    @ParameterizedTest
    @CsvSource({
        "direct, true",
        "block, false",
        "http, false",
        "plain, false",
        "full, true",
        "inside, false",
        "behind, false",
        "through, true",
        "vpn, true",
        "none, false",
        "some, true",
        "nothing, false",
        "nested, true"
    })
    void udpIsRefusedWhereNoWayOutCanCarryIt(String target, boolean carries) throws Exception {
        assertThat(ProxyTargets.mayCarryUdp(Configurations.read(OUTBOUNDS), target))
                .isEqualTo(carries);
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
