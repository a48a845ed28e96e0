// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.ACK;
import static sluice.netlink.nftables.RuleBuilder.FIN;
import static sluice.netlink.nftables.RuleBuilder.RST;
import static sluice.netlink.nftables.RuleBuilder.SYN;
import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.DROP;
import static sluice.netlink.nftables.Verdict.RETURN;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sluice.netlink.nftables.BaseChain;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Hook;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Value;

/** Writes the {@link Ruleset} for a blueprint. The order of the rules is explained in docs/adr/0002-ruleset.md. */
final class RulesetComposer {
    /** Says whose the table is: a start replaces a table with this comment and refuses to touch one without. */
    static final String OWNER = "managed by sluice; changes here are undone";

    static final Table TABLE = Table.inet("sluice").withComment(OWNER);
    static final NftSet BYPASS4 = TABLE.set("bypass4", DataType.IPV4_ADDRESS).withFlags(NftSet.INTERVAL);
    static final NftSet BYPASS6 = TABLE.set("bypass6", DataType.IPV6_ADDRESS).withFlags(NftSet.INTERVAL);
    static final NftSet ROOT = TABLE.set("root", DataType.CGROUP);

    /** After rules of others that set marks, which do so at mangle (-150), and before address translation. */
    private static final int AFTER_MARKS = -101;

    private static final int DNS = 53;

    private static final Chain OUTPUT =
            TABLE.baseChain("output", new BaseChain(BaseChain.Type.ROUTE, Hook.OUTPUT, AFTER_MARKS, ACCEPT));
    private static final Chain DECIDE = TABLE.chain("decide");
    private static final Chain HOLD = TABLE.chain("hold");
    private static final Chain CLASSIFY = TABLE.chain("classify");

    private final Blueprint blueprint;
    private final Levels levels;
    private final @Nullable ClientPorts clientPorts;
    private final RulesetDraft draft = new RulesetDraft();
    private final DropsComposer drops;
    private final NamesComposer names;
    private final FlowsComposer flows;
    private final RepliesComposer replies;
    private final OthersComposer others;
    private final DeliveryComposer delivery;

    private RulesetComposer(
            Blueprint blueprint, FlowMarks flowMarks, Levels levels, @Nullable ClientPorts clientPorts) {
        this.blueprint = blueprint;
        this.levels = levels;
        this.clientPorts = clientPorts;
        this.drops = new DropsComposer(levels, draft);
        this.names = new NamesComposer(blueprint, flowMarks, levels, draft);
        var redirections = blueprint.redirections();
        this.flows = new FlowsComposer(redirections, flowMarks, names, draft);
        this.replies = new RepliesComposer(flowMarks, draft, !redirections.isEmpty());
        this.others = new OthersComposer(redirections, levels, flowMarks, names, draft);
        this.delivery = new DeliveryComposer(redirections, flowMarks, draft);
    }

    /**
     * The ruleset.
     *
     * @param flowMarks with a value for each redirection
     * @param clientPorts while UDP flows that began without the table are to be expected, the ports that the kernel gives to clients
     */
    static Ruleset compose(Blueprint blueprint, FlowMarks flowMarks, Levels levels, @Nullable ClientPorts clientPorts) {
        return new RulesetComposer(blueprint, flowMarks, levels, clientPorts).compose();
    }

    private Ruleset compose() {
        declareSets();
        // A chain comes after those it leads to.
        drops.refuse(names.hasFakes());
        names.leave();
        flows.chains();
        drops.totalDrops();
        drops.drops();
        hold();
        names.captureDns(HOLD);
        names.routed();
        classify();
        others.others();
        replies.replies(clientPorts);
        decide();
        output();
        flows.hijackDns();
        delivery.deliver(DECIDE);
        return draft.finish(TABLE);
    }

    private void declareSets() {
        draft.declareIntervals(BYPASS4, blueprint.bypass().ipv4());
        draft.declareIntervals(BYPASS6, blueprint.bypass().ipv6());
        names.declareSets();
        if (blueprint.holdNewCgroups() && blueprint.root().level() > 0) {
            draft.declare(ROOT, List.of(Element.of(Value.cgroup(blueprint.root().id()))));
        }
        for (var set : CgroupSet.values()) {
            if (needs(set)) {
                draft.declare(set.definition);
            }
        }
        flows.declareSets();
    }

    private boolean needs(CgroupSet set) {
        return switch (set) {
            case DIRECT -> true;
            case MARKS -> redirects();
            case NO_UDP -> redirections().anyMatch(Redirection::noUdp);
            case NO_IPV6 -> redirections().anyMatch(Redirection::noIpv6);
            case DNS_UDP4 -> redirections().anyMatch(r -> r.noUdp() && HijackedDns.server(r, Family.IPV4) != null);
            case DNS_UDP6 ->
                redirections().anyMatch(r -> (r.noUdp() || r.noIpv6()) && HijackedDns.server(r, Family.IPV6) != null);
            case DNS_TCP6 ->
                redirections()
                        .anyMatch(r ->
                                r.noIpv6() && HijackedDns.server(r, Family.IPV6) != null && HijackedDns.takesTcp(r));
            case DNS, UNPROXIED -> !levels.proxied().isEmpty();
            case PROXIED -> names.hasRoutes();
            case DROPS, REJECTS -> !levels.drops().isEmpty();
            case TOTAL_DROPS -> !levels.totalDrops().isEmpty();
            case KNOWN -> blueprint.holdNewCgroups();
        };
    }

    private void decide() {
        draft.open(DECIDE);
        int guard = blueprint.marks().guard();
        if (redirects()) {
            // Answers go to this machine's own addresses. What does not is a datagram in an application's name, so that
            // the kernel tells the application what its own one met.
            draft.add(in(DECIDE)
                    .socketMarkHas(guard)
                    .l4proto(UDP)
                    .socketTransparent()
                    .destinationNotLocal()
                    .rejectIcmpx(Reject.ICMPX_PORT_UNREACHABLE)
                    .comment("refusals that the engine passes on"));
        }
        replies.passAnswers(DECIDE, guard);
        // The socket's mark, not the packet's, which rules of others may have set.
        draft.add(in(DECIDE).socketMarkHas(guard).verdict(RETURN).comment("sent by sluice itself"));
        drops.askTotalDrops(DECIDE);
        names.askCapture(DECIDE);
        if (blueprint.bypassLocal()) {
            draft.add(flows.bypassing(in(DECIDE).destinationLocal()));
        }
        if (!blueprint.bypass().ipv4().isEmpty()) {
            draft.add(flows.bypassing(in(DECIDE).destination(BYPASS4)));
        }
        if (!blueprint.bypass().ipv6().isEmpty()) {
            draft.add(flows.bypassing(in(DECIDE).destination(BYPASS6)));
        }
        if (draft.isOpen(HOLD)) {
            draft.add(in(DECIDE).jump(HOLD));
        }
        drops.askDrops(DECIDE);
        others.ask(DECIDE);
        flows.askKept(DECIDE);
        draft.add(in(DECIDE).goTo(CLASSIFY));
    }

    private void output() {
        draft.open(OUTPUT);
        draft.add(in(OUTPUT).goTo(DECIDE));
    }

    private void hold() {
        if (!blueprint.holdNewCgroups()) {
            return;
        }
        draft.open(HOLD);
        // UDP and ping on every packet: the flow that conntrack knows may be that of an earlier program on the same
        // port.
        draft.add(in(HOLD).tcpFlagsNot(FIN | SYN | RST | ACK, SYN).verdict(RETURN));
        int root = blueprint.root().level();
        if (root > 0) {
            draft.add(in(HOLD).cgroupNot(root, ROOT).verdict(RETURN).comment("not managed"));
        }
        for (int level = root + 1; level <= Math.max(root, levels.all().deepest()) + 1; level++) {
            draft.add(in(HOLD).cgroupNot(level, CgroupSet.KNOWN.definition).verdict(DROP));
        }
    }

    private void classify() {
        draft.open(CLASSIFY);
        names.askRoutes(CLASSIFY);
        deepestFirst(levels.matched(), this::classify);
        draft.add(in(CLASSIFY).goTo(FlowsComposer.KEEP_DIRECT));
    }

    private void classify(int level) {
        draft.add(in(CLASSIFY).cgroup(level, CgroupSet.DIRECT.definition).goTo(FlowsComposer.KEEP_DIRECT));
        if (!redirects()) {
            return;
        }
        dns(level, CgroupSet.DNS_UDP4, Family.IPV4, UDP);
        dns(level, CgroupSet.DNS_UDP6, Family.IPV6, UDP);
        dns(level, CgroupSet.DNS_TCP6, Family.IPV6, TCP);
        if (needs(CgroupSet.NO_UDP)) {
            draft.add(in(CLASSIFY)
                    .l4proto(UDP)
                    .cgroup(level, CgroupSet.NO_UDP.definition)
                    .goTo(FlowsComposer.KEEP_DIRECT));
        }
        if (needs(CgroupSet.NO_IPV6)) {
            draft.add(in(CLASSIFY)
                    .nfproto(Family.IPV6)
                    .cgroup(level, CgroupSet.NO_IPV6.definition)
                    .goTo(FlowsComposer.KEEP_DIRECT));
        }
        draft.add(
                in(CLASSIFY).setMarkByCgroup(level, CgroupSet.MARKS.definition).goTo(FlowsComposer.REDIRECTED));
    }

    private void dns(int level, CgroupSet set, Family family, int protocol) {
        if (needs(set)) {
            draft.add(in(CLASSIFY)
                    .nfproto(family)
                    .l4proto(protocol)
                    .destinationPort(DNS)
                    .setMarkByCgroup(level, set.definition)
                    .goTo(FlowsComposer.REDIRECTED));
        }
    }

    private boolean redirects() {
        return !blueprint.redirections().isEmpty();
    }

    private Stream<Redirection> redirections() {
        return blueprint.redirections().stream();
    }

    private static RuleBuilder in(Chain chain) {
        return Rule.in(chain);
    }

    static void deepestFirst(Levels.Range range, IntConsumer rule) {
        for (int level = range.deepest(); level >= Math.max(1, range.lowest()); level--) {
            rule.accept(level);
        }
    }
}
