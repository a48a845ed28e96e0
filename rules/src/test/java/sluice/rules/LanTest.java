// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LanTest {
    private static List<String> of(String... connected) {
        return Lan.of(Stream.of(connected).map(Prefix::parse).toList()).stream()
                .map(Prefix::toString)
                .toList();
    }

    @Test
    void networksOfPrivateAndLinkLocalRangesBelongToIt() {
        assertThat(of("192.168.1.0/24", "10.0.0.0/8", "172.31.255.0/30", "169.254.0.0/16", "fe80::/64", "fd12::/48"))
                .containsExactly(
                        "10.0.0.0/8", "169.254.0.0/16", "172.31.255.0/30", "192.168.1.0/24", "fd12::/48", "fe80::/64");
        assertThat(of("10.1.0.0/16", "10.1.0.0/16")).hasSize(1);
    }

    /** A network that lies about its size or its addresses would have traffic to servers in the internet sent to it. */
    @Test
    void networksWithAnyPublicAddressDoNot() {
        assertThat(of(
                        "0.0.0.0/0",
                        "10.0.0.0/7",
                        "192.0.0.0/8",
                        "192.168.0.0/15",
                        "172.0.0.0/8",
                        "100.64.0.0/10",
                        "203.0.113.0/24",
                        "127.0.0.0/8",
                        "::/0",
                        "2001:db8::/64",
                        "2000::/3",
                        "f800::/5",
                        "::1/128"))
                .isEmpty();
    }

    @Test
    void theFileNamesItInBypass() throws Exception {
        var bypass = Configurations.read("version: 1\nbypass: [lan, 192.0.2.0/24]\n")
                .configuration()
                .bypass();
        assertThat(bypass).isEqualTo(new Bypass(List.of(Prefix.parse("192.0.2.0/24")), false, true));
        assertThat(Configurations.read("version: 1\nbypass: [local]\n")
                        .configuration()
                        .bypass())
                .isEqualTo(new Bypass(List.of(), true, false));
    }

    @Test
    void loopbackIsNotMissedWhereLocalIs() {
        var rules = "rules: [{match: /a, drop: true}]\n";
        assertThat(Configurations.problems("version: 1\nbypass: [local, 224.0.0.0/4, 'ff00::/8']\n" + rules))
                .isEmpty();
        assertThat(Configurations.problems("version: 1\nbypass: [lan, 224.0.0.0/4, 'ff00::/8']\n" + rules))
                .singleElement()
                .asString()
                .contains("without 127.0.0.0/8, ::1");
    }
}
