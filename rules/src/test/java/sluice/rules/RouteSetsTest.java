// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteSetsTest {
    private static final String HOME = "{domain: [home.example, \"*.home.example\"], outbound: direct, nft-set: home}";

    private static RouteSets of(String... routes) {
        var yaml = "version: 1\ndns: {mode: real}\noutbounds: {o: {type: block}}\nroutes:\n  - "
                + String.join("\n  - ", routes) + "\n";
        try {
            return new RouteSets(new ConfigurationReader(UserLookup.passwd(""))
                    .read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                    .configuration()
                    .routes());
        } catch (InvalidConfigurationException e) {
            throw new AssertionError(yaml, e);
        }
    }

    private static InetAddress address(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    @Test
    void namesHaveTheSetOfTheirFirstRoute() {
        var sets = of(
                "{domain: work.home.example, outbound: o}",
                HOME,
                "{domain: [\"*.cdn.example\", home.example], outbound: direct, nft-set: cdn}",
                "{domain: \"*.example\", outbound: o}");
        assertThat(sets.of("home.example")).hasValue("home");
        assertThat(sets.of("cdn.home.example")).hasValue("home");
        assertThat(sets.of("my.cdn.example")).hasValue("cdn");
        assertThat(sets.of("work.home.example")).isEmpty();
        assertThat(sets.of("other.example")).isEmpty();
        assertThat(sets.of("elsewhere")).isEmpty();
        assertThat(of("{domain: a.example, outbound: o}").of("a.example")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{app: firefox, outbound: o}",
                "{unit: a.service, outbound: o}",
                "{port: 22, outbound: o}",
                "{network: udp, outbound: o}",
                "{protocol: quic, outbound: o}",
                "{domain: \"*.home.example\", port: 22, outbound: o}",
                "{domain: a.home.example, app: firefox, outbound: o}"
            })
    void anEarlierRouteThatMayTakeAFlowComesFirst(String earlier) {
        assertThat(of(earlier, HOME).of("a.home.example")).isEmpty();
        assertThat(of(HOME, earlier).of("a.home.example")).hasValue("home");
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.7, true",
        "10.1.2.3, false",
        "192.0.2.1, true",
        "2001:db8::1, true",
        "2001:db8:1::9, false",
        "2001:db8:2::9, true",
    })
    void addressesOfEarlierRoutesStayOutOfTheSet(String literal, boolean admitted) {
        var sets = of(
                "{cidr: [10.0.0.0/8, \"2001:db8:1::/48\"], outbound: o}",
                "{domain: other.example, cidr: 192.0.2.0/24, outbound: o}",
                HOME,
                "{cidr: 203.0.113.0/24, outbound: o}");
        assertThat(sets.of("a.home.example")).hasValue("home");
        assertThat(sets.admits("a.home.example", address(literal))).isEqualTo(admitted);
    }

    @Test
    void anEarlierRouteByNameAndAddressCountsForItsNames() {
        var sets = of("{domain: a.home.example, cidr: 192.0.2.0/24, outbound: o}", HOME);
        assertThat(sets.of("a.home.example")).hasValue("home");
        assertThat(sets.admits("a.home.example", address("192.0.2.1"))).isFalse();
        assertThat(sets.admits("b.home.example", address("192.0.2.1"))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, 255.1.2.3, true",
        "198.51.100.7, 198.51.100.7, true",
        "198.51.100.7, 198.51.100.6, false",
        "128.0.0.0/1, 127.255.255.255, false",
        "128.0.0.0/1, 128.0.0.0, true",
        "::/0, ffff::1, true",
        "::/0, 192.0.2.1, false",
        "2001:db8::1, 2001:db8::1, true",
        "2001:db8::1, 2001:db8::2, false",
        "2001:db8:0:0:8000::/65, 2001:db8::8000:0:0:1, true",
        "2001:db8:0:0:8000::/65, 2001:db8::7000:0:0:1, false",
    })
    void listsOfBlocksKnowWhatLiesInThem(String block, String literal, boolean inside) {
        assertThat(PrefixList.of(Prefix.parse(block)).contains(address(literal)))
                .isEqualTo(inside);
    }
}
