// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.ACK;
import static sluice.netlink.nftables.RuleBuilder.FIN;
import static sluice.netlink.nftables.RuleBuilder.RST;
import static sluice.netlink.nftables.RuleBuilder.SYN;
import static sluice.netlink.nftables.RuleBuilder.TCP;

import java.io.IOException;
import java.net.Inet4Address;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;
import sluice.netlink.nftables.Transaction;
import sluice.netlink.nftables.Value;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.netlink.sockdiag.SocketInfo;

/**
 * TCP connections that stay direct although their conntrack entry holds no verdict: those that are older than the table, and those that other
 * hosts opened to this machine. Any other segment without a verdict follows its cgroup, because conntrack may have lost the connection.
 *
 * <p>A client's port is never one that listens: the kernel gives a connection no port that a socket is bound to
 * (__inet_hash_connect in net/ipv4/inet_hashtables.c). So the port tells a server's segments from a client's.
 */
final class OlderFlows {
    /**
     * Local ports on which this machine answers connections: those that listened at first, and each that has sent a SYN with ACK
     * since. Without a time-out: a server's connections may be older than any, and a client that gets the port takes it out.
     */
    static final NftSet SERVED =
            RulesetComposer.TABLE.set("served", DataType.INET_SERVICE).withFlags(NftSet.DYNAMIC);

    /** Connections that this machine had opened before the table: remote address, remote port, local port. */
    static final NftSet OLDER4 = connections("older4", DataType.IPV4_ADDRESS);

    static final NftSet OLDER6 = connections("older6", DataType.IPV6_ADDRESS);

    /** What is filled once and then changes by packets. */
    static final List<NftSet> SETS = List.of(SERVED, OLDER4, OLDER6);

    private static final int TCP_SYN_SENT = 2;
    private static final int TCP_SYN_RECV = 3;
    private static final int TCP_LISTEN = 10;

    private OlderFlows() {}

    private static NftSet connections(String name, DataType address) {
        return RulesetComposer.TABLE
                .set(name, DataType.concatenation(address, DataType.INET_SERVICE, DataType.INET_SERVICE))
                .withFlags(NftSet.DYNAMIC);
    }

    /** Matches what is no SYN, and thus belongs to a connection. */
    static RuleBuilder segment(Chain chain) {
        return Rule.in(chain).tcpFlagsNot(FIN | SYN | RST | ACK, SYN);
    }

    /** Rules that end a chain, as {@code then} says, for segments of these connections; no rule matches a SYN. */
    static List<RuleBuilder> rules(Chain chain, UnaryOperator<RuleBuilder> then) {
        return List.of(
                then.apply(Rule.in(chain)
                        .tcpFlags(SYN | ACK, SYN | ACK)
                        .addSourcePort(SERVED)
                        .comment("a server's answer")),
                then.apply(segment(chain).sourcePort(SERVED).comment("a server's connection")),
                then.apply(segment(chain).remoteEnd(OLDER4).comment("older than this table")),
                then.apply(segment(chain).remoteEnd(OLDER6).comment("older than this table")));
    }

    /** Rules by which a new connection makes the sets forget what its port was before. */
    static List<RuleBuilder> forget(Chain chain) {
        return List.of(
                syn(chain).deleteRemoteEnd(OLDER4).deleteSourcePort(SERVED),
                syn(chain).deleteRemoteEnd(OLDER6).deleteSourcePort(SERVED));
    }

    private static RuleBuilder syn(Chain chain) {
        return Rule.in(chain).tcpFlags(FIN | SYN | RST | ACK, SYN);
    }

    /** A rule by which the answer to an incoming connection makes its port known. */
    static RuleBuilder learn(Chain chain, FlowMarks marks) {
        return Rule.in(chain)
                .l4proto(TCP)
                .ctMark(marks.verdicts(), 0)
                .tcpFlags(SYN | ACK, SYN | ACK)
                .addSourcePort(SERVED);
    }

    /**
     * A rule for what conntrack takes for a server's answer, and is none: the connection has no verdict, and its port is
     * not one of a server. Conntrack met it in the middle, when the other side spoke. Resets also come from ports where
     * no socket listens.
     */
    static RuleBuilder noAnswer(Chain chain, FlowMarks marks) {
        return Rule.in(chain).ctMark(marks.verdicts(), 0).tcpFlags(RST, 0).sourcePortNotIn(SERVED);
    }

    /** A rule that marks the flow of such a connection as reversed, before it gets a redirection's verdict. */
    static RuleBuilder reverse(Chain chain, FlowMarks marks) {
        return Rule.in(chain).ctReply().setCtMark(marks.reversed(), marks.reversed());
    }

    /**
     * Puts what is open now into the transaction, which has just made the sets.
     *
     * @param connections whether connections that this machine has opened are to stay direct, too
     */
    static void fill(Transaction transaction, boolean connections) throws IOException {
        List<SocketInfo> sockets;
        try (var diagnostics = SocketDiagnostics.open()) {
            sockets = diagnostics.tcp();
        }
        var served = new HashSet<Integer>();
        sockets.stream()
                .filter(socket -> socket.state() == TCP_LISTEN)
                .forEach(socket -> served.add(socket.local().getPort()));
        add(transaction, SERVED, served.stream().map(Value::port).toList());
        if (connections) {
            addConnections(transaction, sockets, served);
        }
    }

    private static void addConnections(Transaction transaction, List<SocketInfo> sockets, Set<Integer> served) {
        var older4 = new HashSet<Value>();
        var older6 = new HashSet<Value>();
        for (var socket : sockets) {
            if (isOpened(socket, served)) {
                var remote = socket.remote();
                var key = Value.concatenation(
                        Value.address(remote.getAddress()),
                        Value.port(remote.getPort()),
                        Value.port(socket.local().getPort()));
                (remote.getAddress() instanceof Inet4Address ? older4 : older6).add(key);
            }
        }
        add(transaction, OLDER4, older4);
        add(transaction, OLDER6, older6);
    }

    private static boolean isOpened(SocketInfo socket, Set<Integer> served) {
        return switch (socket.state()) {
            case TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT -> false;
            default -> !served.contains(socket.local().getPort());
        };
    }

    private static void add(Transaction transaction, NftSet set, Collection<Value> keys) {
        if (!keys.isEmpty()) {
            transaction.addElements(set, keys.stream().map(Element::of).toList());
        }
    }
}
