// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.DROP;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;

/**
 * The chain on lo, where policy routing has led the marked packets: hands them to their servers. Each server ends with a drop or a reject,
 * because a packet that falls through would be delivered to whatever local stranger listens on its port.
 */
final class Delivery {
    private static final List<InetAddress> LOOPBACKS =
            List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

    private final Chain chain;
    private final List<Rule> rules = new ArrayList<>();

    private Delivery(Chain chain) {
        this.chain = chain;
    }

    static List<Rule> rules(Chain chain, List<Redirection> redirections) {
        var delivery = new Delivery(chain);
        redirections.forEach(delivery::add);
        return delivery.rules;
    }

    private void add(Redirection redirection) {
        int mark = redirection.mark();
        switch (redirection.listener()) {
            case ANYWHERE ->
                rules.add(Rule.in(chain)
                        .mark(mark)
                        .l4proto(TCP, UDP)
                        .tproxy(redirection.port())
                        .verdict(ACCEPT)
                        .build());
            case LOOPBACK -> LOOPBACKS.forEach(address -> rules.add(toLoopback(redirection, address)));
        }
        switch (redirection.whenDown()) {
            case DROP -> rules.add(Rule.in(chain).mark(mark).verdict(DROP).build());
            case REJECT -> {
                rules.add(Rule.in(chain).mark(mark).rejectTcpReset().build());
                rules.add(Rule.in(chain)
                        .mark(mark)
                        .rejectIcmpx(Reject.ICMPX_ADMIN_PROHIBITED)
                        .build());
            }
        }
    }

    /** Without an address the kernel takes the first one of lo, which for IPv6 is a global one where lo has any. */
    private Rule toLoopback(Redirection redirection, InetAddress address) {
        return Rule.in(chain)
                .mark(redirection.mark())
                .nfproto(address instanceof Inet4Address ? Family.IPV4 : Family.IPV6)
                .l4proto(TCP, UDP)
                .tproxy(new InetSocketAddress(address, redirection.port()))
                .verdict(ACCEPT)
                .build();
    }
}
