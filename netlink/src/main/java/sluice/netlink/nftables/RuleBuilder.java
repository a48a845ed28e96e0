// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFT_REG32_00;
import static sluice.netlink.nftables.NftablesConstants.NFT_REG32_SIZE;
import static sluice.netlink.nftables.NftablesConstants.NFT_REG_1;
import static sluice.netlink.nftables.NftablesConstants.NFT_REG_2;
import static sluice.netlink.nftables.NftablesConstants.NFT_REG_VERDICT;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import sluice.netlink.nftables.Cmp.Operator;

/**
 * Builds a rule statement by statement, in the order and nearly in the words of nft's grammar; each method's comment says
 * what {@code nft list ruleset} prints for it. Not thread-safe, for one rule only.
 */
public final class RuleBuilder {
    /** Protocol numbers for {@link #l4proto}. */
    public static final int TCP = 6;

    public static final int UDP = 17;
    /** Flags for {@link #tcpFlags}. */
    public static final int FIN = 1;

    public static final int SYN = 2;
    public static final int RST = 4;
    public static final int ACK = 16;

    private static final int DESTINATION_PORT = 2;
    private static final int PORT_BYTES = 2;
    private static final int RTN_UNICAST = 1;
    private static final int RTN_LOCAL = 2;

    private final Chain chain;
    private final List<Expression> expressions = new ArrayList<>();
    private String comment = "";

    RuleBuilder(Chain chain) {
        this.chain = chain;
    }

    /** Any expression. */
    public RuleBuilder expression(Expression expression) {
        expressions.add(expression);
        return this;
    }

    /** {@code comment "text"}: at most 127 bytes, no quotes, no control characters. */
    public RuleBuilder comment(String text) {
        comment = text;
        return this;
    }

    /** The rule. */
    public Rule build() {
        return new Rule(chain.family(), chain.table(), chain.name(), 0, expressions, comment);
    }

    // Matches

    /** {@code ct direction original}. */
    public RuleBuilder ctOriginal() {
        return ctDirection(Ct.Direction.ORIGINAL);
    }

    /** {@code ct direction reply}. */
    public RuleBuilder ctReply() {
        return ctDirection(Ct.Direction.REPLY);
    }

    /** {@code ct direction original}, {@code ct direction reply}. */
    public RuleBuilder ctDirection(Ct.Direction direction) {
        return expression(Ct.load(Ct.Key.DIRECTION, NFT_REG_1)).equal(Value.u8(Wire.number(direction)));
    }

    /** {@code ct state established,related}: any of the bits {@link Ct#STATE_NEW} and so on. */
    public RuleBuilder ctState(int anyOf) {
        return expression(Ct.load(Ct.Key.STATE, NFT_REG_1)).masked(anyOf, 0).notEqual(Value.u32(0));
    }

    /** {@code ct mark & mask == value}. */
    public RuleBuilder ctMark(int mask, int value) {
        return expression(Ct.load(Ct.Key.MARK, NFT_REG_1)).masked(mask, 0).equal(Value.mark(value));
    }

    /** {@code ct mark & mask != value}. */
    public RuleBuilder ctMarkNot(int mask, int value) {
        return expression(Ct.load(Ct.Key.MARK, NFT_REG_1)).masked(mask, 0).notEqual(Value.mark(value));
    }

    /** {@code ct mark & mask { 1, 2 }}. */
    public RuleBuilder ctMarkIn(int mask, int... values) {
        return expression(Ct.load(Ct.Key.MARK, NFT_REG_1)).masked(mask, 0).in(false, values);
    }

    /** {@code ct mark & mask != { 1, 2 }}. */
    public RuleBuilder ctMarkNotIn(int mask, int... values) {
        return expression(Ct.load(Ct.Key.MARK, NFT_REG_1)).masked(mask, 0).in(true, values);
    }

    /** {@code ct status & mask != 0}: any of the bits {@link Ct#STATUS_DESTINATION_NAT} and so on. */
    public RuleBuilder ctStatus(int anyOf) {
        return expression(Ct.load(Ct.Key.STATUS, NFT_REG_1)).masked(anyOf, 0).notEqual(Value.u32(0));
    }

    /** {@code meta mark value}. */
    public RuleBuilder mark(int value) {
        return loadMark().equal(Value.mark(value));
    }

    /** {@code meta mark & mask != value}. */
    public RuleBuilder markNot(int mask, int value) {
        return loadMark().masked(mask, 0).notEqual(Value.mark(value));
    }

    /** {@code meta mark { 1, 2 }}. */
    public RuleBuilder markIn(int... marks) {
        return loadMark().in(false, marks);
    }

    private RuleBuilder in(boolean inverted, int... marks) {
        return in(DataType.MARK, inverted, Arrays.stream(marks).mapToObj(Value::mark));
    }

    private RuleBuilder in(DataType type, boolean inverted, Stream<Value> values) {
        var set = new SetReference.Anonymous(type, null, values.map(Element::of).toList());
        return expression(new Lookup(NFT_REG_1, set, inverted, null));
    }

    /** {@code ip daddr @set} or {@code ip6 daddr @set}, by the type of the set's keys. */
    public RuleBuilder destination(NftSet set) {
        return address(set, 16, 24);
    }

    /** {@code ip saddr @set} or {@code ip6 saddr @set}, by the type of the set's keys. */
    public RuleBuilder source(NftSet set) {
        return address(set, 12, 8);
    }

    private RuleBuilder address(NftSet set, int offset4, int offset6) {
        boolean ipv6 = set.key().equals(DataType.IPV6_ADDRESS);
        return nfproto(ipv6 ? Family.IPV6 : Family.IPV4)
                .expression(new Payload(
                        Payload.Base.NETWORK_HEADER,
                        ipv6 ? offset6 : offset4,
                        set.key().length(),
                        NFT_REG_1))
                .in(set);
    }

    /** {@code ip6 daddr network/bits}, or {@code ip daddr network/bits}. */
    public RuleBuilder destination(InetAddress network, int bits) {
        var family = family(network);
        int offset = family == Family.IPV6 ? 24 : 16;
        // As nft does it: whole bytes need no mask.
        boolean masked = bits % 8 != 0;
        var bytes = masked ? network.getAddress() : Arrays.copyOf(network.getAddress(), bits / 8);
        nfproto(family).expression(new Payload(Payload.Base.NETWORK_HEADER, offset, bytes.length, NFT_REG_1));
        if (masked) {
            var mask = new byte[bytes.length];
            for (int bit = 0; bit < bits; bit++) {
                mask[bit / 8] |= (byte) (0x80 >> bit % 8);
            }
            expression(new Bitwise(NFT_REG_1, NFT_REG_1, Value.of(mask), Value.of(new byte[mask.length])));
        }
        return equal(Value.of(bytes));
    }

    /** {@code ip daddr != address}, or {@code ip6 daddr != address}. */
    public RuleBuilder destinationNot(InetAddress address) {
        var family = family(address);
        var value = Value.address(address);
        int offset = family == Family.IPV6 ? 24 : 16;
        return nfproto(family)
                .expression(new Payload(Payload.Base.NETWORK_HEADER, offset, value.bytes().length, NFT_REG_1))
                .notEqual(value);
    }

    /** {@code meta nfproto ipv4}; nothing in a table that has one family only. */
    public RuleBuilder nfproto(Family family) {
        if (chain.family() == family) {
            return this;
        }
        return expression(Meta.load(Meta.Key.NFPROTO, NFT_REG_1)).equal(Value.u8(family.number()));
    }

    /** {@code meta l4proto tcp}, or with several {@code meta l4proto { tcp, udp }}. */
    public RuleBuilder l4proto(int... protocols) {
        return l4proto(false, protocols);
    }

    /** {@code meta l4proto != { tcp, udp }}. */
    public RuleBuilder l4protoNot(int... protocols) {
        return l4proto(true, protocols);
    }

    private RuleBuilder l4proto(boolean inverted, int... protocols) {
        expression(Meta.load(Meta.Key.L4PROTO, NFT_REG_1));
        if (protocols.length == 1) {
            return compare(inverted ? Operator.NOT_EQUAL : Operator.EQUAL, Value.u8(protocols[0]));
        }
        return in(DataType.INET_PROTOCOL, inverted, Arrays.stream(protocols).mapToObj(Value::u8));
    }

    /** {@code udp dport port}. */
    public RuleBuilder udpDestinationPort(int port) {
        return l4proto(UDP).destinationPort(port);
    }

    /** {@code tcp dport port}. */
    public RuleBuilder tcpDestinationPort(int port) {
        return l4proto(TCP).destinationPort(port);
    }

    /** {@code th dport port}, for a rule that has matched the protocol. */
    public RuleBuilder destinationPort(int port) {
        return expression(new Payload(Payload.Base.TRANSPORT_HEADER, 2, 2, NFT_REG_1))
                .equal(Value.port(port));
    }

    /** {@code th dport { 1, 2 }}, for a rule that has matched the protocol. */
    public RuleBuilder destinationPortIn(int... ports) {
        return expression(new Payload(Payload.Base.TRANSPORT_HEADER, DESTINATION_PORT, PORT_BYTES, NFT_REG_1))
                .in(DataType.INET_SERVICE, false, Arrays.stream(ports).mapToObj(Value::port));
    }

    /** {@code th sport != port}, for a rule that has matched the protocol. */
    public RuleBuilder sourcePortNot(int port) {
        return expression(new Payload(Payload.Base.TRANSPORT_HEADER, 0, 2, NFT_REG_1))
                .notEqual(Value.port(port));
    }

    /** {@code th sport @set}, for a rule that has matched the protocol. */
    public RuleBuilder sourcePort(NftSet set) {
        return loadSourcePort(NFT_REG_1).in(set);
    }

    /** {@code th sport != @set}, for a rule that has matched the protocol. */
    public RuleBuilder sourcePortNotIn(NftSet set) {
        return loadSourcePort(NFT_REG_1).expression(new Lookup(NFT_REG_1, SetReference.named(set.name()), true, null));
    }

    /** {@code th sport first-last}, for a rule that has matched the protocol. */
    public RuleBuilder sourcePortBetween(int first, int last) {
        return loadSourcePort(NFT_REG_1)
                .compare(Operator.GREATER_OR_EQUAL, Value.port(first))
                .compare(Operator.LESS_OR_EQUAL, Value.port(last));
    }

    /**
     * {@code ip daddr . th dport . th sport @set} or {@code ip6 daddr …}, by the type of the set's keys, for a rule that has matched
     * the protocol: see {@link Value#concatenation}.
     */
    public RuleBuilder remoteEnd(NftSet set) {
        return loadRemoteEnd(set).in(set);
    }

    private RuleBuilder loadRemoteEnd(NftSet set) {
        boolean ipv4 = set.key().length() == DataType.IPV4_ADDRESS.length() + 2 * NFT_REG32_SIZE;
        int length = ipv4 ? DataType.IPV4_ADDRESS.length() : DataType.IPV6_ADDRESS.length();
        int next = ipv4 ? NFT_REG32_00 + 1 : NFT_REG_2;
        int last = ipv4 ? NFT_REG32_00 + 2 : NFT_REG32_00 + 5;
        return nfproto(ipv4 ? Family.IPV4 : Family.IPV6)
                .expression(new Payload(Payload.Base.NETWORK_HEADER, ipv4 ? 16 : 24, length, NFT_REG_1))
                .expression(new Payload(Payload.Base.TRANSPORT_HEADER, DESTINATION_PORT, PORT_BYTES, next))
                .loadSourcePort(last);
    }

    private RuleBuilder loadSourcePort(int register) {
        return expression(new Payload(Payload.Base.TRANSPORT_HEADER, 0, PORT_BYTES, register));
    }

    /** {@code tcp flags & mask == value}. */
    public RuleBuilder tcpFlags(int mask, int value) {
        return loadTcpFlags(mask).equal(Value.u8(value));
    }

    /** {@code tcp flags & mask != value}. */
    public RuleBuilder tcpFlagsNot(int mask, int value) {
        return loadTcpFlags(mask).notEqual(Value.u8(value));
    }

    private RuleBuilder loadTcpFlags(int mask) {
        return l4proto(TCP)
                .expression(new Payload(Payload.Base.TRANSPORT_HEADER, 13, 1, NFT_REG_1))
                .expression(new Bitwise(NFT_REG_1, NFT_REG_1, Value.u8(mask), Value.u8(0)));
    }

    /** {@code iifname "name"}. */
    public RuleBuilder inputInterface(String name) {
        return expression(Meta.load(Meta.Key.INPUT_NAME, NFT_REG_1)).equal(Value.interfaceName(name));
    }

    /** {@code oifname "name"}. */
    public RuleBuilder outputInterface(String name) {
        return expression(Meta.load(Meta.Key.OUTPUT_NAME, NFT_REG_1)).equal(Value.interfaceName(name));
    }

    /** {@code iif != 0}, after routing: what this machine only forwards. */
    public RuleBuilder forwarded() {
        return expression(Meta.load(Meta.Key.INPUT_INDEX, NFT_REG_1)).notEqual(Value.u32(0));
    }

    /** {@code fib daddr type unicast}. */
    public RuleBuilder destinationUnicast() {
        return expression(new Fib(Fib.Result.ADDRESS_TYPE, Fib.DESTINATION, NFT_REG_1))
                .equal(Value.u32(RTN_UNICAST));
    }

    /** {@code fib daddr type != unicast}. */
    public RuleBuilder destinationNotUnicast() {
        return expression(new Fib(Fib.Result.ADDRESS_TYPE, Fib.DESTINATION, NFT_REG_1))
                .notEqual(Value.u32(RTN_UNICAST));
    }

    /** {@code fib daddr type local}. */
    public RuleBuilder destinationLocal() {
        return expression(new Fib(Fib.Result.ADDRESS_TYPE, Fib.DESTINATION, NFT_REG_1))
                .equal(Value.u32(RTN_LOCAL));
    }

    /** {@code fib saddr type != local}. */
    public RuleBuilder sourceNotLocal() {
        return expression(new Fib(Fib.Result.ADDRESS_TYPE, Fib.SOURCE, NFT_REG_1))
                .notEqual(Value.u32(RTN_LOCAL));
    }

    /** {@code fib daddr type != local}. */
    public RuleBuilder destinationNotLocal() {
        return expression(new Fib(Fib.Result.ADDRESS_TYPE, Fib.DESTINATION, NFT_REG_1))
                .notEqual(Value.u32(RTN_LOCAL));
    }

    /** {@code ip saddr address}, or {@code ip6 saddr address}. */
    public RuleBuilder source(InetAddress address) {
        var family = family(address);
        var value = Value.address(address);
        return nfproto(family)
                .expression(
                        new Payload(Payload.Base.NETWORK_HEADER, sourceOffset(family), value.bytes().length, NFT_REG_1))
                .equal(value);
    }

    /** {@code ct original ip daddr != address}, and so on. */
    public RuleBuilder ctDestinationNot(Ct.Direction direction, InetAddress address) {
        return expression(Ct.load(Ct.Key.destination(family(address)), direction, NFT_REG_1))
                .notEqual(Value.address(address));
    }

    /** {@code ct reply ip saddr != address}, and so on. */
    public RuleBuilder ctSourceNot(Ct.Direction direction, InetAddress address) {
        return expression(Ct.load(Ct.Key.source(family(address)), direction, NFT_REG_1))
                .notEqual(Value.address(address));
    }

    /** {@code oifname != "name"}. */
    public RuleBuilder outputInterfaceNot(String name) {
        return expression(Meta.load(Meta.Key.OUTPUT_NAME, NFT_REG_1)).notEqual(Value.interfaceName(name));
    }

    /** {@code socket transparent 1}. */
    public RuleBuilder socketTransparent() {
        return expression(new SocketExpression(SocketExpression.Key.TRANSPARENT, 0, NFT_REG_1))
                .equal(Value.u8(1));
    }

    /** {@code socket wildcard 0}: a socket that is there in full, as one in TIME_WAIT is not, and bound to an address. */
    public RuleBuilder socketBound() {
        return expression(new SocketExpression(SocketExpression.Key.WILDCARD, 0, NFT_REG_1))
                .equal(Value.u8(0));
    }

    /** {@code socket mark & anyOf != 0}: the mark that the socket's owner has set, which no rule changes. */
    public RuleBuilder socketMarkHas(int anyOf) {
        return expression(new SocketExpression(SocketExpression.Key.MARK, 0, NFT_REG_1))
                .masked(anyOf, 0)
                .notEqual(Value.mark(0));
    }

    /** {@code socket cgroupv2 level N @set}. */
    public RuleBuilder cgroup(int level, NftSet set) {
        return loadCgroup(level).in(set);
    }

    /** {@code socket cgroupv2 level N != @set}: a cgroup at that level that is not in the set. */
    public RuleBuilder cgroupNot(int level, NftSet set) {
        return loadCgroup(level).expression(new Lookup(NFT_REG_1, SetReference.named(set.name()), true, null));
    }

    // Statements

    /** {@code socket cgroupv2 level N vmap @map}. */
    public RuleBuilder cgroupVerdict(int level, NftSet map) {
        return loadCgroup(level)
                .expression(new Lookup(NFT_REG_1, SetReference.named(map.name()), false, NFT_REG_VERDICT));
    }

    /** {@code meta mark set socket cgroupv2 level N map @map}; ends the rule for a cgroup that is not in the map. */
    public RuleBuilder setMarkByCgroup(int level, NftSet map) {
        return loadCgroup(level).mapped(SetReference.named(map.name())).setMark();
    }

    /** {@code meta mark set ct mark & mask map @map}; ends the rule for a mark that is not in the map. */
    public RuleBuilder setMarkByCtMark(int mask, NftSet map) {
        return setMarkByCtMark(mask, SetReference.named(map.name()));
    }

    /** {@code meta mark set ct mark & mask map { … }}. */
    public RuleBuilder setMarkByCtMark(int mask, List<Element> marks) {
        return setMarkByCtMark(mask, new SetReference.Anonymous(DataType.MARK, DataType.MARK, marks));
    }

    private RuleBuilder setMarkByCtMark(int mask, SetReference map) {
        return expression(Ct.load(Ct.Key.MARK, NFT_REG_1))
                .masked(mask, 0)
                .mapped(map)
                .setMark();
    }

    /** {@code meta mark set socket mark}: the mark that the socket's owner has set. */
    public RuleBuilder setMarkBySocket() {
        return expression(new SocketExpression(SocketExpression.Key.MARK, 0, NFT_REG_1))
                .setMark();
    }

    /** {@code meta mark set value}. */
    public RuleBuilder setMark(int value) {
        return expression(new Immediate(NFT_REG_1, Value.mark(value))).setMark();
    }

    /** {@code meta mark set meta mark & ~mask | value}: sets the bits of {@code mask} only. */
    public RuleBuilder setMark(int mask, int value) {
        return loadMark().masked(~mask, value).setMark();
    }

    /** {@code ct mark set ct mark & ~mask | value}: sets the bits of {@code mask} only. */
    public RuleBuilder setCtMark(int mask, int value) {
        return expression(Ct.load(Ct.Key.MARK, NFT_REG_1))
                .masked(~mask, value)
                .expression(Ct.set(Ct.Key.MARK, NFT_REG_1));
    }

    /** {@code add @set { th sport }}, for a rule that has matched the protocol. */
    public RuleBuilder addSourcePort(NftSet set) {
        return loadSourcePort(NFT_REG_1).change(Dynset.Operation.ADD, set);
    }

    /** {@code delete @set { th sport }}, for a rule that has matched the protocol. */
    public RuleBuilder deleteSourcePort(NftSet set) {
        return loadSourcePort(NFT_REG_1).change(Dynset.Operation.DELETE, set);
    }

    /** {@code delete @set { ip daddr . th dport . th sport }}, as {@link #remoteEnd}. */
    public RuleBuilder deleteRemoteEnd(NftSet set) {
        return loadRemoteEnd(set).change(Dynset.Operation.DELETE, set);
    }

    private RuleBuilder change(Dynset.Operation operation, NftSet set) {
        return expression(new Dynset(operation, set.name(), NFT_REG_1, 0, 0));
    }

    /** {@code dnat ip to address:port}, {@code dnat ip6 to [address]:port}; for a chain of type nat. */
    public RuleBuilder dnat(InetSocketAddress to) {
        var family = family(to.getAddress());
        return load(to).expression(Nat.to(Nat.Type.DESTINATION, family, NFT_REG_1, NFT_REG_2));
    }

    /** {@code tproxy to :port}: to a listener on whatever address. */
    public RuleBuilder tproxy(int port) {
        return expression(new Immediate(NFT_REG_1, Value.port(port)))
                .expression(new Tproxy(Family.UNSPECIFIED, 0, NFT_REG_1));
    }

    /** {@code tproxy ip to address:port}, {@code tproxy ip6 to [address]:port}. */
    public RuleBuilder tproxy(InetSocketAddress to) {
        var family = family(to.getAddress());
        return load(to).expression(new Tproxy(family, NFT_REG_1, NFT_REG_2));
    }

    /** {@code ip saddr set address}, or {@code ip6 saddr set address}, for a rule that has matched the family. */
    public RuleBuilder setSource(InetAddress address) {
        var family = family(address);
        return expression(new Immediate(NFT_REG_1, Value.address(address))).write(family, sourceOffset(family));
    }

    /** {@code ip daddr set address}, or {@code ip6 daddr set address}, for a rule that has matched the family. */
    public RuleBuilder setDestination(InetAddress address) {
        var family = family(address);
        return expression(new Immediate(NFT_REG_1, Value.address(address))).write(family, destinationOffset(family));
    }

    /** {@code ip saddr set ct original ip daddr}, and so on: the flow's destination in this direction. */
    public RuleBuilder setSourceToDestinationOf(Family family, Ct.Direction direction) {
        return expression(Ct.load(Ct.Key.destination(family), direction, NFT_REG_1))
                .write(family, sourceOffset(family));
    }

    /** {@code ip daddr set ct reply ip saddr}, and so on: the flow's source in this direction. */
    public RuleBuilder setDestinationToSourceOf(Family family, Ct.Direction direction) {
        return expression(Ct.load(Ct.Key.source(family), direction, NFT_REG_1))
                .write(family, destinationOffset(family));
    }

    private RuleBuilder write(Family family, int offset) {
        return expression(PayloadWrite.address(family, offset, NFT_REG_1));
    }

    private static int sourceOffset(Family family) {
        return family == Family.IPV4 ? 12 : 8;
    }

    private static int destinationOffset(Family family) {
        return family == Family.IPV4 ? 16 : 24;
    }

    /** {@code reject with tcp reset}. */
    public RuleBuilder rejectTcpReset() {
        return l4proto(TCP).expression(new Reject(Reject.Type.TCP_RESET, 0));
    }

    /** {@code reject with icmpx …}: {@link Reject#ICMPX_ADMIN_PROHIBITED} and so on. */
    public RuleBuilder rejectIcmpx(int code) {
        return expression(new Reject(Reject.Type.ICMPX_UNREACHABLE, code));
    }

    /** {@code counter}. */
    public RuleBuilder counter() {
        return expression(Counter.ZERO);
    }

    /** {@code accept}, {@code drop}, {@code return}, {@code continue}, {@code jump chain}, {@code goto chain}. */
    public RuleBuilder verdict(Verdict verdict) {
        return expression(Immediate.of(verdict));
    }

    /** {@code goto chain}. */
    public RuleBuilder goTo(Chain target) {
        return verdict(Verdict.goTo(target.name()));
    }

    /** {@code jump chain}. */
    public RuleBuilder jump(Chain target) {
        return verdict(Verdict.jump(target.name()));
    }

    // Pieces, all working on register 1

    private RuleBuilder loadMark() {
        return expression(Meta.load(Meta.Key.MARK, NFT_REG_1));
    }

    private RuleBuilder setMark() {
        return expression(Meta.set(Meta.Key.MARK, NFT_REG_1));
    }

    private RuleBuilder loadCgroup(int level) {
        return expression(new SocketExpression(SocketExpression.Key.CGROUPV2, level, NFT_REG_1));
    }

    private RuleBuilder in(NftSet set) {
        return expression(new Lookup(NFT_REG_1, SetReference.named(set.name()), false, null));
    }

    private RuleBuilder mapped(SetReference map) {
        return expression(new Lookup(NFT_REG_1, map, false, NFT_REG_1));
    }

    private RuleBuilder masked(int mask, int xor) {
        return expression(new Bitwise(NFT_REG_1, NFT_REG_1, Value.u32(mask), Value.u32(xor)));
    }

    private RuleBuilder equal(Value value) {
        return compare(Operator.EQUAL, value);
    }

    private RuleBuilder notEqual(Value value) {
        return compare(Operator.NOT_EQUAL, value);
    }

    private RuleBuilder compare(Operator operator, Value value) {
        return expression(new Cmp(NFT_REG_1, operator, value));
    }

    private RuleBuilder load(InetSocketAddress to) {
        return expression(new Immediate(NFT_REG_1, Value.address(to.getAddress())))
                .expression(new Immediate(NFT_REG_2, Value.port(to.getPort())));
    }

    private static Family family(InetAddress address) {
        return address instanceof Inet4Address ? Family.IPV4 : Family.IPV6;
    }
}
