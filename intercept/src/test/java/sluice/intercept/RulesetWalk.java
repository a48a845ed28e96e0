// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.ACK;
import static sluice.netlink.nftables.RuleBuilder.SYN;
import static sluice.netlink.nftables.RuleBuilder.TCP;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.netlink.nftables.Bitwise;
import sluice.netlink.nftables.Cmp;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.Data;
import sluice.netlink.nftables.Dynset;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Expression;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Fib;
import sluice.netlink.nftables.Immediate;
import sluice.netlink.nftables.Lookup;
import sluice.netlink.nftables.Meta;
import sluice.netlink.nftables.Nat;
import sluice.netlink.nftables.Payload;
import sluice.netlink.nftables.PayloadWrite;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.SetReference;
import sluice.netlink.nftables.SocketExpression;
import sluice.netlink.nftables.Tproxy;
import sluice.netlink.nftables.Value;

/**
 * The way of a packet through a {@link Ruleset}, as nft_do_chain() of the kernel's net/netfilter/nf_tables_core.c goes it: output, postrouting and, where its mark leads to lo,
 * prerouting. Knows the expressions that such a packet meets, and fails at any other.
 */
final class RulesetWalk {
    private static final int VERDICT_REGISTER = 0;
    /** Registers 1 to 4 have 16 bytes, 8 and up are pieces of 4 bytes of the same storage. */
    private static final int REGISTER_BYTES = 16;

    private static final int PIECES = 8;
    private static final int PIECE_BYTES = 4;

    static final int ICMP = 1;
    static final int SOURCE_PORT = 40_000;
    private static final int LOCAL_ADDRESS = 2;
    private static final int UNICAST_ADDRESS = 1;
    private static final Map<String, CgroupSet> CGROUP_SETS =
            Arrays.stream(CgroupSet.values()).collect(Collectors.toMap(set -> set.definition.name(), set -> set));

    private final Ruleset ruleset;
    private final CgroupSets sets;
    private final Servers servers;
    private final Neighbour neighbour;
    private final Packet packet;
    private final byte[] registers = new byte[4 * REGISTER_BYTES];
    private String inputInterface = "";
    private String outputInterface = "";
    private Marks marks;
    private InetAddress source;
    private InetAddress destination;
    /** Where address translation leads the flow. */
    private InetAddress translated;

    private int port;

    private RulesetWalk(Ruleset ruleset, CgroupSets sets, Servers servers, Neighbour neighbour, Packet packet) {
        this.ruleset = ruleset;
        this.sets = sets;
        this.servers = servers;
        this.neighbour = neighbour;
        this.packet = packet;
        this.marks = new Marks(0, packet.flow.mark());
        this.source = packet.source();
        this.destination = packet.destination;
        this.translated = packet.destination;
        this.port = packet.port;
    }

    /** What the sets that are keyed by cgroup say at the moment when they are asked. */
    interface CgroupSets {
        /** {@link CgroupElement#value()}, or null for what is not in the set. */
        @Nullable
        Integer ask(CgroupSet set, long cgroup);
    }

    /** Who listens. */
    interface Servers {
        boolean listens(int protocol, int port);
    }

    /** The mark of a packet, and that of its flow. */
    record Marks(int packet, int flow) {}

    /** Rules of others: what they make of the marks, behind chain {@code output} and ahead of {@code prerouting}. */
    record Neighbour(UnaryOperator<Marks> onOutput, UnaryOperator<Marks> onPrerouting) {
        static final Neighbour NONE = new Neighbour(marks -> marks, marks -> marks);
    }

    /** What conntrack knows of a packet's flow. */
    enum Tracked {
        /** Nothing: the packet makes an entry. */
        NONE,
        /** It began the flow, or another one before it that had no answer. */
        NEW,
        ESTABLISHED,
        /** It goes the other way than the first packet of the flow. */
        REPLY,
        INVALID,
        UNTRACKED;

        boolean hasEntry() {
            return this != INVALID && this != UNTRACKED;
        }

        private int state() {
            return switch (this) {
                case NONE, NEW -> Ct.STATE_NEW;
                case ESTABLISHED, REPLY -> Ct.STATE_ESTABLISHED;
                case INVALID -> Ct.STATE_INVALID;
                case UNTRACKED -> Ct.STATE_UNTRACKED;
            };
        }
    }

    /** A packet's flow, with its mark. */
    record Flow(Tracked tracked, int mark) {
        static final Flow FIRST = new Flow(Tracked.NONE, 0);
    }

    /**
     * A packet that an application sends.
     *
     * @param begins of TCP, whether it is a SYN; true for other protocols
     * @param path the application's cgroup and those above it, by level from 1
     */
    record Packet(int protocol, boolean begins, InetAddress destination, int port, List<Cgroup> path, Flow flow) {
        /** The first packet of a flow. */
        Packet(int protocol, InetAddress destination, int port, List<Cgroup> path) {
            this(protocol, true, destination, port, path, Flow.FIRST);
        }

        Packet in(Flow other) {
            return new Packet(protocol, begins, destination, port, path, other);
        }

        /** A later one of a connection. */
        Packet later(Flow other) {
            return new Packet(protocol, false, destination, port, path, other);
        }

        private InetAddress source() {
            return InetAddress.ofLiteral(family() == Family.IPV4 ? "192.0.2.2" : "2001:db8:ffff::2");
        }

        Family family() {
            return destination.getAddress().length == 4 ? Family.IPV4 : Family.IPV6;
        }
    }

    /** How a chain ends. */
    enum End {
        ACCEPTED,
        /** Dropped or rejected. */
        STOPPED,
        /** Marked for a server that does not take it. */
        LOST,
        /** Without a verdict. On lo: a local socket gets it that nobody meant. */
        RETURNED
    }

    /**
     * What becomes of the packet.
     *
     * @param mark what it is routed by
     * @param flowMark what decides about the other packets of its flow
     */
    record Outcome(End end, int mark, int flowMark) {}

    static Outcome of(Packet packet, Ruleset ruleset, CgroupSets sets, Servers servers) {
        return of(packet, ruleset, sets, servers, Neighbour.NONE);
    }

    static Outcome of(Packet packet, Ruleset ruleset, CgroupSets sets, Servers servers, Neighbour neighbour) {
        return new RulesetWalk(ruleset, sets, servers, neighbour, packet).go();
    }

    private Outcome go() {
        if (chain("output") == End.STOPPED) {
            return new Outcome(End.STOPPED, 0, 0);
        }
        translate();
        overwrite(neighbour.onOutput);
        if (chain("output-last") == End.STOPPED) {
            return new Outcome(End.STOPPED, 0, 0);
        }
        int routedBy = marks.packet;
        boolean redirected = ruleset.elementsOf(FlowsComposer.MARKS).stream()
                .anyMatch(
                        element -> element.data() instanceof Value mark && mark.asMark() == routedBy && routedBy != 0);
        outputInterface = redirected ? "lo" : "eth0";
        if (chain("postrouting") == End.STOPPED) {
            return new Outcome(End.LOST, 0, 0);
        }
        if (!redirected) {
            return new Outcome(End.ACCEPTED, routedBy, marks.flow);
        }
        inputInterface = "lo";
        chain("prerouting-first");
        overwrite(neighbour.onPrerouting);
        return switch (chain("prerouting")) {
            case ACCEPTED -> {
                chain("input");
                assertUncovered();
                yield new Outcome(End.ACCEPTED, routedBy, marks.flow);
            }
            case STOPPED -> new Outcome(End.LOST, 0, 0);
            case LOST, RETURNED -> new Outcome(End.RETURNED, 0, 0);
        };
    }

    private void assertUncovered() {
        if (!source.equals(packet.source()) || !destination.equals(translated)) {
            throw new AssertionError(packet + " arrives from " + source + " for " + destination);
        }
    }

    /** Address translation belongs to a flow: its first packet decides, by the verdict that the flow has then. */
    private void translate() {
        var before = marks;
        var tracked = packet.flow.tracked();
        if (!tracked.hasEntry() || !ruleset.rules().containsKey("output-nat")) {
            return;
        }
        if (tracked != Tracked.NONE) {
            marks = new Marks(before.packet, packet.flow.mark());
        }
        chain("output-nat");
        marks = before;
    }

    private void overwrite(UnaryOperator<Marks> rules) {
        var after = rules.apply(marks);
        marks = packet.flow.tracked().hasEntry() ? after : new Marks(after.packet, 0);
    }

    private End chain(String name) {
        for (var rule : Objects.requireNonNull(ruleset.rules().get(name), name)) {
            var end = rule(rule);
            if (end != null) {
                return end;
            }
        }
        return End.RETURNED;
    }

    /** How its chain ends with the rule, or null if it goes on with the next one. */
    private @Nullable End rule(Rule rule) {
        for (var expression : rule.expressions()) {
            var data = evaluate(expression);
            if (data instanceof sluice.netlink.nftables.Verdict verdict) {
                return end(verdict);
            }
            if (data == null) {
                return null;
            }
            if (expression instanceof Reject) {
                return End.STOPPED;
            }
        }
        return null;
    }

    private @Nullable End end(sluice.netlink.nftables.Verdict verdict) {
        if (verdict.equals(sluice.netlink.nftables.Verdict.ACCEPT)) {
            return End.ACCEPTED;
        }
        if (verdict.equals(sluice.netlink.nftables.Verdict.DROP)) {
            return End.STOPPED;
        }
        if (verdict.equals(sluice.netlink.nftables.Verdict.RETURN)) {
            return End.RETURNED;
        }
        var end = chain(verdict.chain());
        boolean comesBack = verdict.equals(sluice.netlink.nftables.Verdict.jump(verdict.chain()));
        return comesBack && end == End.RETURNED ? null : end;
    }

    /** A verdict, or any value where the rule goes on, or null where it does not match. */
    private @Nullable Data evaluate(Expression expression) {
        return switch (expression) {
            case Meta meta -> meta(meta);
            case Ct ct -> conntrack(ct);
            case Payload payload -> loadOrBreak(payload.destination(), payload(payload));
            case PayloadWrite write -> write(write);
            case Dynset dynset -> register(dynset.key(), 1);
            case Fib fib -> load(fib.destination(), Value.u32(addressType(fib)));
            case SocketExpression socket -> socket(socket);
            case Bitwise bitwise -> load(bitwise.destination(), bitwise(bitwise));
            case Cmp cmp -> compare(cmp);
            case Lookup lookup -> lookup(lookup);
            case Immediate immediate -> put(immediate.destination(), immediate.data());
            case Tproxy tproxy -> server(tproxy);
            case Reject reject -> Value.u8(reject.code());
            case Nat nat -> translate(nat);
            default -> throw new AssertionError("no packet should meet " + expression);
        };
    }

    private Data translate(Nat nat) {
        try {
            destination = InetAddress.getByAddress(
                    register(nat.address(), destination.getAddress().length).bytes());
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
        translated = destination;
        port = Short.toUnsignedInt(
                ByteBuffer.wrap(register(nat.port(), Short.BYTES).bytes()).getShort());
        return sluice.netlink.nftables.Verdict.ACCEPT;
    }

    private @Nullable Value loadOrBreak(int register, @Nullable Value value) {
        return value == null ? null : load(register, value);
    }

    private int addressType(Fib fib) {
        return (fib.flags() & Fib.SOURCE) != 0 || destination.isLoopbackAddress() ? LOCAL_ADDRESS : UNICAST_ADDRESS;
    }

    private Value write(PayloadWrite write) {
        var value = register(write.source(), write.length());
        try {
            var address = InetAddress.getByAddress(value.bytes());
            if (isSource(write.offset())) {
                source = address;
            } else {
                destination = address;
            }
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
        return value;
    }

    private boolean isSource(int offset) {
        return offset == (packet.family() == Family.IPV4 ? 12 : 8);
    }

    private Value register(int number, int length) {
        int at = offset(number);
        return Value.of(Arrays.copyOfRange(registers, at, at + length));
    }

    private static int offset(int register) {
        return register < PIECES ? (register - 1) * REGISTER_BYTES : (register - PIECES) * PIECE_BYTES;
    }

    private Value load(int register, Value value) {
        var bytes = value.bytes();
        int at = offset(register);
        Arrays.fill(registers, at, at + (bytes.length + PIECE_BYTES - 1) / PIECE_BYTES * PIECE_BYTES, (byte) 0);
        System.arraycopy(bytes, 0, registers, at, bytes.length);
        return value;
    }

    private Data put(int register, Data data) {
        return register == VERDICT_REGISTER ? data : load(register, (Value) data);
    }

    private Value meta(Meta meta) {
        if (meta.set()) {
            assertKey(meta.key() == Meta.Key.MARK, meta);
            var mark = register(meta.register(), Integer.BYTES);
            marks = new Marks(mark.asMark(), marks.flow);
            return mark;
        }
        return load(
                meta.register(),
                switch (meta.key()) {
                    case MARK -> Value.mark(marks.packet);
                    case NFPROTO -> Value.u8(packet.family().number());
                    case L4PROTO -> Value.u8(packet.protocol);
                    case INPUT_NAME -> Value.interfaceName(inputInterface);
                    case INPUT_INDEX -> Value.u32(0);
                    case OUTPUT_NAME -> Value.interfaceName(outputInterface);
                    default -> throw new AssertionError("no packet should meet " + meta);
                });
    }

    private @Nullable Value conntrack(Ct ct) {
        var tracked = packet.flow.tracked();
        if (ct.set()) {
            assertKey(ct.key() == Ct.Key.MARK, ct);
            var mark = register(ct.register(), Integer.BYTES);
            if (tracked.hasEntry()) {
                marks = new Marks(marks.packet, mark.asMark());
            }
            return mark;
        }
        if (ct.key() == Ct.Key.STATE) {
            return load(ct.register(), Value.u32(tracked.state()));
        }
        if (!tracked.hasEntry()) {
            return null;
        }
        return load(
                ct.register(),
                switch (ct.key()) {
                    case MARK -> Value.mark(marks.flow);
                    case STATUS -> Value.u32(translated.equals(packet.destination) ? 0 : Ct.STATUS_DESTINATION_NAT);
                    case DIRECTION -> Value.u8(tracked == Tracked.REPLY ? 1 : 0);
                    case SOURCE_IPV4, SOURCE_IPV6 -> Value.address(address(ct, true));
                    case DESTINATION_IPV4, DESTINATION_IPV6 -> Value.address(address(ct, false));
                    default -> throw new AssertionError("no packet should meet " + ct);
                });
    }

    /** Of the flow's two ends, in the direction that the expression asks for. */
    private InetAddress address(Ct ct, boolean isSource) {
        boolean own = (packet.flow.tracked() == Tracked.REPLY) == (ct.direction() == Ct.Direction.REPLY);
        if (own) {
            return isSource ? packet.source() : packet.destination;
        }
        return isSource ? translated : packet.source();
    }

    private static void assertKey(boolean expected, Expression expression) {
        if (!expected) {
            throw new AssertionError("no packet should meet " + expression);
        }
    }

    private @Nullable Value payload(Payload payload) {
        if (payload.base() == Payload.Base.NETWORK_HEADER) {
            // Rules ask for the family before, and for nothing but addresses.
            var address = isSource(payload.offset()) ? source : destination;
            return Value.of(Arrays.copyOf(address.getAddress(), payload.length()));
        }
        if (packet.protocol == ICMP) {
            return null;
        }
        return switch (payload.offset()) {
            case 0 -> Value.port(SOURCE_PORT);
            case 2 -> Value.port(port);
            case 13 -> Value.u8(packet.protocol != TCP ? 0 : packet.begins ? SYN : ACK);
            default -> throw new AssertionError("no packet should meet " + payload);
        };
    }

    private @Nullable Value socket(SocketExpression socket) {
        return switch (socket.key()) {
            case TRANSPARENT -> load(socket.destination(), Value.u8(0));
            case WILDCARD -> load(socket.destination(), Value.u8(0));
            case MARK -> load(socket.destination(), Value.mark(0));
            case CGROUPV2 ->
                socket.level() > packet.path.size()
                        ? null
                        : load(
                                socket.destination(),
                                Value.cgroup(packet.path.get(socket.level() - 1).id()));
        };
    }

    private Value bitwise(Bitwise bitwise) {
        var mask = bitwise.mask().bytes();
        var bytes = register(bitwise.source(), mask.length).bytes();
        var xor = bitwise.xor().bytes();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ((bytes[i] & mask[i]) ^ xor[i]);
        }
        return Value.of(bytes);
    }

    private @Nullable Value compare(Cmp cmp) {
        int order = register(cmp.source(), cmp.value().bytes().length).compareTo(cmp.value());
        boolean holds = switch (cmp.operator()) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case GREATER_OR_EQUAL -> order >= 0;
            case LESS_OR_EQUAL -> order <= 0;
            default -> throw new AssertionError("no packet should meet " + cmp);
        };
        return holds ? cmp.value() : null;
    }

    private @Nullable Data lookup(Lookup lookup) {
        var key = register(lookup.source(), keyLength(lookup.set()));
        var found = switch (lookup.set()) {
            case SetReference.Named named -> find(named.name(), key);
            case SetReference.Anonymous anonymous -> find(anonymous.elements(), key);
        };
        if ((found == null) != lookup.inverted()) {
            return null;
        }
        return found == null || found.data() == null || lookup.destination() == null
                ? key
                : put(lookup.destination(), found.data());
    }

    private int keyLength(SetReference set) {
        return switch (set) {
            case SetReference.Named(var name, int _) ->
                ruleset.sets().stream()
                        .filter(known -> known.name().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .key()
                        .length();
            case SetReference.Anonymous anonymous -> anonymous.key().length();
        };
    }

    private @Nullable Element find(String name, Value key) {
        var set = CGROUP_SETS.get(name);
        if (set != null) {
            var value = sets.ask(set, key.asCgroup());
            return value == null ? null : new CgroupElement(set, key.asCgroup(), value).toKernel("");
        }
        return find(ruleset.elements().getOrDefault(name, List.of()), key);
    }

    /** Intervals are as {@link Element#interval} makes them. */
    private static @Nullable Element find(List<Element> elements, Value key) {
        Element last = null;
        for (var element : elements) {
            int order = element.key().compareTo(key);
            boolean isInterval = element.bound() != Element.Bound.START
                    || elements.stream().anyMatch(other -> other.bound() != Element.Bound.START);
            if (isInterval ? order <= 0 && (last == null || last.key().compareTo(element.key()) < 0) : order == 0) {
                last = element;
            }
        }
        return last == null || last.bound() == Element.Bound.END ? null : last;
    }

    private @Nullable Value server(Tproxy tproxy) {
        var port = register(tproxy.port(), Short.BYTES);
        return servers.listens(
                        packet.protocol,
                        Short.toUnsignedInt(ByteBuffer.wrap(port.bytes()).getShort()))
                ? port
                : null;
    }
}
