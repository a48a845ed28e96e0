// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of RFC 5952, section 4. */
class IpTextTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "2001:db8:2:0:0:0:0:10, 2001:db8:2::10",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "2001:0db8::0001, 2001:db8::1",
        "2001:DB8::ABCD, 2001:db8::abcd",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "64:ff9b::192.0.2.1, 64:ff9b::c000:201",
    })
    void anAddressHasOneForm(String address, String text) {
        assertThat(IpText.of(InetAddress.ofLiteral(address))).isEqualTo(text);
    }

    @Test
    void aMappedAddressShowsItsIpv4Address() throws UnknownHostException {
        byte[] bytes = new byte[16];
        bytes[10] = bytes[11] = (byte) 0xff;
        bytes[12] = (byte) 192;
        bytes[15] = 1;
        assertThat(IpText.of(Inet6Address.getByAddress(null, bytes, -1))).isEqualTo("::ffff:192.0.0.1");
    }

    @Test
    void anInterfaceIsNoPartOfTheAddress() {
        assertThat(IpText.of(InetAddress.ofLiteral("fe80::1%7"))).isEqualTo("fe80::1");
    }

    @Test
    void aPortStandsBehindBrackets() {
        assertThat(IpText.of(InetAddress.ofLiteral("2001:db8:2::10"), 443)).isEqualTo("[2001:db8:2::10]:443");
        assertThat(IpText.of(InetAddress.ofLiteral("192.0.2.1"), 443)).isEqualTo("192.0.2.1:443");
    }
}
