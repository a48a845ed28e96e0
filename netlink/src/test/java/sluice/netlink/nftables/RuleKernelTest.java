// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.testkit.KernelTest;

/** Every kind of rule that is needed, made here and by nft from text: both must list and dump alike. */
@KernelTest
class RuleKernelTest {
    private static final Table OURS = Table.inet("ours");
    private static final Table THEIRS = Table.inet("theirs");

    private static final NftSet BYPASS4 =
            OURS.set("bypass4", DataType.IPV4_ADDRESS).withFlags(NftSet.INTERVAL);
    private static final NftSet BYPASS6 =
            OURS.set("bypass6", DataType.IPV6_ADDRESS).withFlags(NftSet.INTERVAL);
    private static final NftSet DIRECT = OURS.set("direct", DataType.CGROUP);
    private static final NftSet KNOWN = OURS.set("known", DataType.CGROUP);
    private static final NftSet MARKS = OURS.map("marks", DataType.CGROUP, DataType.MARK);
    private static final NftSet DROPS = OURS.map("drops", DataType.CGROUP, DataType.VERDICT);
    private static final NftSet FLOW_MARKS = OURS.map("flow_marks", DataType.MARK, DataType.MARK);

    private static final NftSet SERVED =
            OURS.set("served", DataType.INET_SERVICE).withFlags(NftSet.DYNAMIC).withTimeout(60_000);
    private static final NftSet OLDER4 = OURS.set(
                    "older4",
                    DataType.concatenation(DataType.IPV4_ADDRESS, DataType.INET_SERVICE, DataType.INET_SERVICE))
            .withFlags(NftSet.DYNAMIC);
    private static final NftSet OLDER6 = OURS.set(
                    "older6",
                    DataType.concatenation(DataType.IPV6_ADDRESS, DataType.INET_SERVICE, DataType.INET_SERVICE))
            .withFlags(NftSet.DYNAMIC);

    private static final Chain KEPT = OURS.chain("kept");
    private static final Chain OUTPUT =
            OURS.baseChain("output", new BaseChain(BaseChain.Type.ROUTE, Hook.OUTPUT, -150, Verdict.ACCEPT));
    private static final Chain NAT =
            OURS.baseChain("nat", new BaseChain(BaseChain.Type.NAT, Hook.OUTPUT, -100, Verdict.ACCEPT));
    private static final Chain PREROUTING =
            OURS.baseChain("prerouting", new BaseChain(BaseChain.Type.FILTER, Hook.PREROUTING, -150, Verdict.ACCEPT));

    private static final String FRAME = """
            table inet theirs {
                set bypass4 { type ipv4_addr; flags interval; }
                set bypass6 { type ipv6_addr; flags interval; }
                set direct { type cgroupsv2; }
                set known { type cgroupsv2; }
                map marks { type cgroupsv2 : mark; }
                map drops { type cgroupsv2 : verdict; }
                map flow_marks { type mark : mark; }
                set served { type inet_service; flags dynamic, timeout; timeout 1m; }
                set older4 { type ipv4_addr . inet_service . inet_service; flags dynamic; }
                set older6 { type ipv6_addr . inet_service . inet_service; flags dynamic; }
                chain kept { }
                chain output { type route hook output priority mangle; policy accept; }
                chain nat { type nat hook output priority -100; policy accept; }
                chain prerouting { type filter hook prerouting priority mangle; policy accept; }
            }
            """;

    private Nftables nftables;

    @BeforeEach
    void frame() throws Exception {
        nftables = Nftables.open();
        var transaction = nftables.transaction().add(OURS);
        for (var set : List.of(BYPASS4, BYPASS6, DIRECT, KNOWN, MARKS, DROPS, FLOW_MARKS, SERVED, OLDER4, OLDER6)) {
            transaction.add(set);
        }
        for (var chain : List.of(KEPT, OUTPUT, NAT, PREROUTING)) {
            transaction.add(chain);
        }
        transaction.commit();
        Nft.apply(FRAME);
    }

    @AfterEach
    void remove() throws Exception {
        try (var _ = nftables) {
            nftables.transaction()
                    .add(OURS)
                    .delete(OURS)
                    .add(THEIRS)
                    .delete(THEIRS)
                    .commit();
        }
    }

    record Case(String text, Rule rule) {
        @Override
        public String toString() {
            return text;
        }
    }

    private static Case output(String text, RuleBuilder rule) {
        return new Case(text, rule.build());
    }

    private static RuleBuilder output() {
        return Rule.in(OUTPUT);
    }

    static Stream<Case> matches() {
        return Stream.of(
                output("ct direction reply return", output().ctReply().verdict(Verdict.RETURN)),
                output("ct direction original return", output().ctOriginal().verdict(Verdict.RETURN)),
                output(
                        "meta mark & 0x0c000000 != 0x00000000 return",
                        output().markNot(0x0c000000, 0).verdict(Verdict.RETURN)),
                output("meta mark 3000 accept", output().mark(3000).verdict(Verdict.ACCEPT)),
                output("meta mark { 0x1, 0x2 } drop", output().markIn(1, 2).verdict(Verdict.DROP)),
                output(
                        "ip daddr @bypass4 goto kept",
                        output().destination(BYPASS4).goTo(KEPT)),
                output(
                        "ip6 daddr @bypass6 goto kept",
                        output().destination(BYPASS6).goTo(KEPT)),
                output("ip saddr @bypass4 jump kept", output().source(BYPASS4).jump(KEPT)),
                output("ip6 saddr @bypass6 jump kept", output().source(BYPASS6).jump(KEPT)),
                output(
                        "meta nfproto ipv6 continue",
                        output().nfproto(Family.IPV6).verdict(Verdict.CONTINUE)),
                output(
                        "meta l4proto tcp return",
                        output().l4proto(RuleBuilder.TCP).verdict(Verdict.RETURN)),
                output(
                        "meta l4proto != { tcp, udp } return",
                        output().l4protoNot(RuleBuilder.TCP, RuleBuilder.UDP).verdict(Verdict.RETURN)),
                output(
                        "tcp flags & (fin|syn|rst|ack) != syn return",
                        output().tcpFlagsNot(
                                        RuleBuilder.FIN | RuleBuilder.SYN | RuleBuilder.RST | RuleBuilder.ACK,
                                        RuleBuilder.SYN)
                                .verdict(Verdict.RETURN)),
                output(
                        "tcp flags & (syn|ack) == syn return",
                        output().tcpFlags(RuleBuilder.SYN | RuleBuilder.ACK, RuleBuilder.SYN)
                                .verdict(Verdict.RETURN)),
                output(
                        "ct state established,related goto kept",
                        output().ctState(Ct.STATE_ESTABLISHED | Ct.STATE_RELATED)
                                .goTo(KEPT)),
                output(
                        "ct mark & 0xff000000 != 0 goto kept",
                        output().ctMarkNot(0xff000000, 0).goTo(KEPT)),
                output("udp dport 53 drop", output().udpDestinationPort(53).verdict(Verdict.DROP)),
                output("tcp dport 53 drop", output().tcpDestinationPort(53).verdict(Verdict.DROP)),
                output("th dport 53 drop", output().destinationPort(53).verdict(Verdict.DROP)),
                output("iifname \"lo\" accept", output().inputInterface("lo").verdict(Verdict.ACCEPT)),
                output(
                        "ip6 daddr fe80::/10 return",
                        output().destination(InetAddress.ofLiteral("fe80::"), 10)
                                .verdict(Verdict.RETURN)),
                output(
                        "ip daddr 192.0.2.0/24 return",
                        output().destination(InetAddress.ofLiteral("192.0.2.0"), 24)
                                .verdict(Verdict.RETURN)),
                output(
                        "fib daddr type unicast return",
                        output().destinationUnicast().verdict(Verdict.RETURN)),
                output("oifname \"lo\" accept", output().outputInterface("lo").verdict(Verdict.ACCEPT)),
                output(
                        "oifname != \"lo\" drop",
                        output().outputInterfaceNot("lo").verdict(Verdict.DROP)),
                output(
                        "fib saddr type != local return",
                        output().sourceNotLocal().verdict(Verdict.RETURN)),
                output(
                        "fib daddr type local return",
                        output().destinationLocal().verdict(Verdict.RETURN)),
                output(
                        "fib daddr type != local return",
                        output().destinationNotLocal().verdict(Verdict.RETURN)),
                output(
                        "fib daddr type != unicast return",
                        output().destinationNotUnicast().verdict(Verdict.RETURN)),
                output(
                        "ct mark & 0xff000000 { 0x01000000, 0x02000000 } drop",
                        output().ctMarkIn(0xff000000, 0x01000000, 0x02000000).verdict(Verdict.DROP)),
                output(
                        "ct mark & 0xff000000 != { 0x01000000, 0x02000000 } drop",
                        output().ctMarkNotIn(0xff000000, 0x01000000, 0x02000000).verdict(Verdict.DROP)),
                output(
                        "ip6 daddr != ::1 drop",
                        output().destinationNot(InetAddress.ofLiteral("::1")).verdict(Verdict.DROP)),
                output(
                        "ct status & dnat != 0 drop",
                        output().ctStatus(Ct.STATUS_DESTINATION_NAT).verdict(Verdict.DROP)),
                output(
                        "ip daddr 127.0.0.1 tcp dport { 15001, 15002 } drop",
                        output().destination(InetAddress.ofLiteral("127.0.0.1"), 32)
                                .l4proto(RuleBuilder.TCP)
                                .destinationPortIn(15001, 15002)
                                .verdict(Verdict.DROP)),
                output(
                        "tcp sport @served return",
                        output().l4proto(RuleBuilder.TCP).sourcePort(SERVED).verdict(Verdict.RETURN)),
                output(
                        "meta l4proto tcp th sport != @served return",
                        output().l4proto(RuleBuilder.TCP)
                                .sourcePortNotIn(SERVED)
                                .verdict(Verdict.RETURN)),
                output(
                        "udp sport 32768-60999 return",
                        output().l4proto(RuleBuilder.UDP)
                                .sourcePortBetween(32768, 60999)
                                .verdict(Verdict.RETURN)),
                output(
                        "meta l4proto tcp ip daddr . th dport . th sport @older4 return",
                        output().l4proto(RuleBuilder.TCP).remoteEnd(OLDER4).verdict(Verdict.RETURN)),
                output(
                        "meta l4proto tcp ip6 daddr . th dport . th sport @older6 return",
                        output().l4proto(RuleBuilder.TCP).remoteEnd(OLDER6).verdict(Verdict.RETURN)),
                output(
                        "socket mark & 0x0c000000 != 0 return",
                        output().socketMarkHas(0x0c000000).verdict(Verdict.RETURN)),
                output("socket wildcard 0 return", output().socketBound().verdict(Verdict.RETURN)),
                output(
                        "socket transparent 1 return",
                        output().socketTransparent().verdict(Verdict.RETURN)));
    }

    static Stream<Case> statements() {
        return Stream.of(
                output(
                        "meta mark set ct mark & 0xff000000 map @flow_marks",
                        output().setMarkByCtMark(0xff000000, FLOW_MARKS)),
                output(
                        "meta mark set ct mark & 0xff000000 map { 0x01000000 : 3000, 0x02000000 : 7 }",
                        output().setMarkByCtMark(
                                        0xff000000,
                                        List.of(
                                                Element.of(Value.mark(0x02000000), Value.mark(7)),
                                                Element.of(Value.mark(0x01000000), Value.mark(3000))))),
                output(
                        "socket cgroupv2 level 3 @direct goto kept",
                        output().cgroup(3, DIRECT).goTo(KEPT)),
                output("socket cgroupv2 level 3 vmap @drops", output().cgroupVerdict(3, DROPS)),
                output(
                        "socket cgroupv2 level 3 != @known drop",
                        output().cgroupNot(3, KNOWN).verdict(Verdict.DROP)),
                output(
                        "meta mark set socket cgroupv2 level 3 map @marks goto kept",
                        output().setMarkByCgroup(3, MARKS).goTo(KEPT)),
                output(
                        "meta mark 3000 ct mark set ct mark & 0x00ffffff | 0x01000000",
                        output().mark(3000).setCtMark(0xff000000, 0x01000000)),
                output("meta mark set 3000", output().setMark(3000)),
                output(
                        "meta l4proto tcp add @served { th sport }",
                        output().l4proto(RuleBuilder.TCP).addSourcePort(SERVED)),
                output(
                        "meta l4proto tcp delete @served { th sport }",
                        output().l4proto(RuleBuilder.TCP).deleteSourcePort(SERVED)),
                output(
                        "meta l4proto tcp delete @older4 { ip daddr . th dport . th sport }",
                        output().l4proto(RuleBuilder.TCP).deleteRemoteEnd(OLDER4)),
                output(
                        "meta l4proto tcp delete @older6 { ip6 daddr . th dport . th sport }",
                        output().l4proto(RuleBuilder.TCP).deleteRemoteEnd(OLDER6)),
                output("meta mark set meta mark & 0x00ffffff | 0x01000000", output().setMark(0xff000000, 0x01000000)),
                output(
                        "meta nfproto ipv4 fib saddr type != local ip saddr set 127.0.0.1",
                        output().nfproto(Family.IPV4).sourceNotLocal().setSource(InetAddress.ofLiteral("127.0.0.1"))),
                output(
                        "meta nfproto ipv6 fib daddr type unicast ip6 daddr set ::1",
                        output().nfproto(Family.IPV6)
                                .destinationUnicast()
                                .setDestination(InetAddress.ofLiteral("::1"))),
                output(
                        "ip saddr 127.0.0.1 ct original ip daddr != 127.0.0.1 ip saddr set ct original ip daddr",
                        output().source(InetAddress.ofLiteral("127.0.0.1"))
                                .ctDestinationNot(Ct.Direction.ORIGINAL, InetAddress.ofLiteral("127.0.0.1"))
                                .setSourceToDestinationOf(Family.IPV4, Ct.Direction.ORIGINAL)),
                output(
                        "ip6 daddr ::1 ct reply ip6 saddr != ::1 ip6 daddr set ct reply ip6 saddr",
                        output().destination(InetAddress.ofLiteral("::1"), 128)
                                .ctSourceNot(Ct.Direction.REPLY, InetAddress.ofLiteral("::1"))
                                .setDestinationToSourceOf(Family.IPV6, Ct.Direction.REPLY)),
                output("reject with tcp reset", output().rejectTcpReset()),
                output("reject with icmpx admin-prohibited", output().rejectIcmpx(Reject.ICMPX_ADMIN_PROHIBITED)),
                output(
                        "meta nfproto ipv4 reject with icmp port-unreachable",
                        output().nfproto(Family.IPV4).expression(new Reject(Reject.Type.ICMP_UNREACHABLE, 3))),
                output("counter", output().counter()),
                output(
                        "ct direction reply counter return comment \"replies\"",
                        output().ctReply().counter().verdict(Verdict.RETURN).comment("replies")));
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private static RuleBuilder hijacked() {
        return Rule.in(NAT).ctMark(0xff000000, 0x02000000).l4proto(RuleBuilder.TCP, RuleBuilder.UDP);
    }

    private static RuleBuilder proxied() {
        return Rule.in(PREROUTING).mark(3000).l4proto(RuleBuilder.TCP, RuleBuilder.UDP);
    }

    static Stream<Case> translations() {
        var hijack = "ct mark & 0xff000000 == 0x02000000 meta l4proto { tcp, udp } ";
        var proxy = "meta mark 3000 meta l4proto { tcp, udp } ";
        return Stream.of(
                output(hijack + "dnat ip to 127.0.0.1:53", hijacked().dnat(at("127.0.0.1", 53))),
                output(hijack + "dnat ip6 to [::1]:53", hijacked().dnat(at("::1", 53))),
                output(proxy + "tproxy to :7893 accept", proxied().tproxy(7893).verdict(Verdict.ACCEPT)),
                output(
                        proxy + "tproxy ip to 127.0.0.1:7893 accept",
                        proxied().tproxy(at("127.0.0.1", 7893)).verdict(Verdict.ACCEPT)),
                output(
                        proxy + "tproxy ip6 to [::1]:7893 accept",
                        proxied().tproxy(at("::1", 7893)).verdict(Verdict.ACCEPT)));
    }

    @ParameterizedTest
    @MethodSource({"matches", "statements", "translations"})
    void listsAndDumpsAsIfNftHadMadeIt(Case given) throws Exception {
        var chain = given.rule().chain();
        nftables.transaction().add(given.rule()).commit();
        Nft.apply("add rule inet theirs " + chain + " " + given.text());

        assertThat(Nft.rules(OURS, chain)).isEqualTo(Nft.rules(THEIRS, chain));
        var ours = nftables.rules(OURS).getFirst().withoutState();
        assertThat(ours).isEqualTo(given.rule());
        var theirs = nftables.rules(THEIRS).getFirst();
        assertThat(theirs.expressions()).isEqualTo(ours.expressions());
        assertThat(theirs.comment()).isEqualTo(ours.comment());
    }

    @ParameterizedTest
    @MethodSource({"matches", "statements", "translations"})
    void whatNftListsIsReadBackByIt(Case given) throws Exception {
        nftables.transaction().add(given.rule()).commit();
        Nft.run("flush ruleset\n" + Nft.list(OURS), "nft", "-c", "-f", "-");
        assertThat(Nft.list(OURS)).contains("chain output {");
    }
}
