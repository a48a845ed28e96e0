// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.SYN;
import static sluice.netlink.nftables.RuleBuilder.TCP;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.netlink.nftables.Bitwise;
import sluice.netlink.nftables.Cmp;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.Data;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Expression;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Immediate;
import sluice.netlink.nftables.Lookup;
import sluice.netlink.nftables.Meta;
import sluice.netlink.nftables.Payload;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.SetReference;
import sluice.netlink.nftables.SocketExpression;
import sluice.netlink.nftables.Tproxy;
import sluice.netlink.nftables.Value;

/**
 * The way of the first packet of a flow through a {@link Ruleset}, as nft_do_chain() of the kernel's net/netfilter/nf_tables_core.c goes it. Knows the expressions that such a
 * packet meets, and fails at any other.
 */
final class RulesetWalk {
    private static final int VERDICT_REGISTER = 0;
    /** The verdict and the two of 16 bytes that rules use. */
    private static final int REGISTERS = 3;
    /** IP_CT_DIR_ORIGINAL. */
    private static final int ORIGINAL_DIRECTION = 0;

    private static final int SOURCE_PORT = 40_000;
    private static final Map<String, CgroupSet> CGROUP_SETS =
            Arrays.stream(CgroupSet.values()).collect(Collectors.toMap(set -> set.definition.name(), set -> set));

    private final Ruleset ruleset;
    private final CgroupSets sets;
    private final Servers servers;
    private final Packet packet;
    private final Value[] registers = new Value[REGISTERS];
    private String inputInterface = "";
    private int mark;
    private int flowMark;

    private RulesetWalk(Ruleset ruleset, CgroupSets sets, Servers servers, Packet packet) {
        this.ruleset = ruleset;
        this.sets = sets;
        this.servers = servers;
        this.packet = packet;
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

    /**
     * A packet that an application sends.
     *
     * @param path the application's cgroup and those above it, by level from 1
     */
    record Packet(int protocol, InetAddress destination, int port, List<Cgroup> path) {
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
        /** Without a verdict. */
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
        return new RulesetWalk(ruleset, sets, servers, packet).go();
    }

    private Outcome go() {
        var end = chain("output");
        if (end == End.RETURNED || end == End.ACCEPTED) {
            inputInterface = "lo";
            boolean delivered = mark == 0 || chain("prerouting") == End.ACCEPTED;
            return delivered ? new Outcome(End.ACCEPTED, mark, flowMark) : new Outcome(End.LOST, 0, 0);
        }
        return new Outcome(end, 0, 0);
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
            case Payload payload -> load(payload.destination(), payload(payload));
            case SocketExpression socket -> socket(socket);
            case Bitwise bitwise -> load(bitwise.destination(), bitwise(bitwise));
            case Cmp cmp -> compare(cmp);
            case Lookup lookup -> lookup(lookup);
            case Immediate immediate -> put(immediate.destination(), immediate.data());
            case Tproxy tproxy -> server(tproxy);
            case Reject reject -> Value.u8(reject.code());
            default -> throw new AssertionError("no first packet should meet " + expression);
        };
    }

    private Value register(int number) {
        return registers[number];
    }

    private Value load(int register, Value value) {
        registers[register] = value;
        return value;
    }

    private Data put(int register, Data data) {
        return register == VERDICT_REGISTER ? data : load(register, (Value) data);
    }

    private Value meta(Meta meta) {
        if (meta.set()) {
            assertKey(meta.key() == Meta.Key.MARK, meta);
            mark = register(meta.register()).asMark();
            return register(meta.register());
        }
        return load(
                meta.register(),
                switch (meta.key()) {
                    case MARK -> Value.mark(mark);
                    case NFPROTO -> Value.u8(packet.family().number());
                    case L4PROTO -> Value.u8(packet.protocol);
                    case INPUT_NAME -> Value.interfaceName(inputInterface);
                    case OUTPUT_NAME -> Value.interfaceName("eth0");
                    default -> throw new AssertionError("no first packet should meet " + meta);
                });
    }

    private Value conntrack(Ct ct) {
        if (ct.set()) {
            assertKey(ct.key() == Ct.Key.MARK, ct);
            flowMark = register(ct.register()).asMark();
            return register(ct.register());
        }
        return load(
                ct.register(),
                switch (ct.key()) {
                    case MARK -> Value.mark(flowMark);
                    case STATE -> Value.u32(Ct.STATE_NEW);
                    case DIRECTION -> Value.u8(ORIGINAL_DIRECTION);
                    default -> throw new AssertionError("no first packet should meet " + ct);
                });
    }

    private static void assertKey(boolean expected, Expression expression) {
        if (!expected) {
            throw new AssertionError("no first packet should meet " + expression);
        }
    }

    private Value payload(Payload payload) {
        if (payload.base() == Payload.Base.NETWORK_HEADER) {
            // Rules ask for the family before, and for nothing but destinations.
            return Value.address(packet.destination);
        }
        return switch (payload.offset()) {
            case 0 -> Value.port(SOURCE_PORT);
            case 2 -> Value.port(packet.port);
            case 13 -> Value.u8(packet.protocol == TCP ? SYN : 0);
            default -> throw new AssertionError("no first packet should meet " + payload);
        };
    }

    private @Nullable Value socket(SocketExpression socket) {
        return switch (socket.key()) {
            case TRANSPARENT -> load(socket.destination(), Value.u8(0));
            case CGROUPV2 ->
                socket.level() > packet.path.size()
                        ? null
                        : load(
                                socket.destination(),
                                Value.cgroup(packet.path.get(socket.level() - 1).id()));
            default -> throw new AssertionError("no first packet should meet " + socket);
        };
    }

    private Value bitwise(Bitwise bitwise) {
        var bytes = register(bitwise.source()).bytes();
        var mask = bitwise.mask().bytes();
        var xor = bitwise.xor().bytes();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ((bytes[i] & mask[i]) ^ xor[i]);
        }
        return Value.of(bytes);
    }

    private @Nullable Value compare(Cmp cmp) {
        boolean equal = register(cmp.source()).equals(cmp.value());
        return switch (cmp.operator()) {
            case EQUAL -> equal ? cmp.value() : null;
            case NOT_EQUAL -> equal ? null : cmp.value();
            default -> throw new AssertionError("no first packet should meet " + cmp);
        };
    }

    private @Nullable Data lookup(Lookup lookup) {
        var key = register(lookup.source());
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
        var port = register(tproxy.port());
        return servers.listens(
                        packet.protocol,
                        Short.toUnsignedInt(ByteBuffer.wrap(port.bytes()).getShort()))
                ? port
                : null;
    }
}
