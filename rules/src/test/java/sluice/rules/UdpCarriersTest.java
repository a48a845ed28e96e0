// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UdpCarriersTest {
    private static final String OUTBOUNDS = """
            version: 1
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
        "nested, true",
        "of an earlier file, false"
    })
    void anOutboundCarriesUdpIfSomeWayOutOfItDoes(String outbound, boolean carries) {
        var carriers =
                new UdpCarriers(Configurations.read(OUTBOUNDS).configuration().outbounds());
        assertThat(carriers.contains(outbound)).isEqualTo(carries);
    }
}
