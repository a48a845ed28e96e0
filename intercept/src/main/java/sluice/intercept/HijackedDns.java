// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.netlink.nftables.Family;

/** Which queries of a redirection's applications go to which server. */
final class HijackedDns {
    private HijackedDns() {}

    /** What a kind of query needs. */
    interface Query {
        void to(Family family, int protocol, InetSocketAddress server);
    }

    static void forEach(Redirection redirection, Query query) {
        for (var family : List.of(Family.IPV4, Family.IPV6)) {
            var address = server(redirection, family);
            if (address == null) {
                continue;
            }
            var server = new InetSocketAddress(
                    address, Objects.requireNonNull(redirection.dns()).port());
            query.to(family, UDP, server);
            if (takesTcp(redirection)) {
                query.to(family, TCP, server);
            }
        }
    }

    static @Nullable InetAddress server(Redirection redirection, Family family) {
        var dns = redirection.dns();
        if (dns == null) {
            return null;
        }
        return family == Family.IPV4 ? dns.ipv4() : dns.ipv6();
    }

    static boolean takesTcp(Redirection redirection) {
        var dns = redirection.dns();
        return dns != null && dns.tcp();
    }
}
