// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Value;

/**
 * One element of a {@link CgroupSet}.
 *
 * @param cgroup id of the cgroup
 * @param value packet mark in maps of marks; {@link #STOP} or {@link #DROP} in maps of verdicts; else 0
 */
record CgroupElement(CgroupSet set, long cgroup, int value) {
    /** The walk ends here. */
    static final int STOP = 0;

    static final int DROP = 1;

    private static final sluice.netlink.nftables.Verdict RETURN = sluice.netlink.nftables.Verdict.RETURN;

    /** The elements that make the kernel do what the assignment says; none for null. */
    static List<CgroupElement> of(@Nullable Assignment assignment, boolean hold) {
        var elements = new ArrayList<CgroupElement>(3);
        if (assignment == null) {
            return elements;
        }
        long id = assignment.cgroup().id();
        if (hold) {
            elements.add(new CgroupElement(CgroupSet.KNOWN, id, 0));
        }
        var own = assignment.own();
        if (own == null) {
            return elements;
        }
        switch (own.verdict()) {
            case Verdict.Direct() -> elements.add(new CgroupElement(CgroupSet.DIRECT, id, 0));
            case Verdict.Redirect(var redirection) -> redirect(redirection, id, elements);
            case Verdict.Drop(var scope) -> drop(scope, id, elements);
        }
        if (assignment.inProxiedWalk()) {
            elements.add(new CgroupElement(assignment.isProxied() ? CgroupSet.PROXIED : CgroupSet.UNPROXIED, id, 0));
        }
        if (assignment.belowDrop() && !assignment.drops()) {
            elements.add(new CgroupElement(CgroupSet.DROPS, id, STOP));
        }
        if (assignment.belowTotalDrop() && !assignment.dropsTotally()) {
            elements.add(new CgroupElement(CgroupSet.TOTAL_DROPS, id, STOP));
        }
        return elements;
    }

    private static void redirect(Redirection to, long id, List<CgroupElement> elements) {
        elements.add(new CgroupElement(CgroupSet.MARKS, id, to.mark()));
        if (to.capturesDns()) {
            elements.add(new CgroupElement(CgroupSet.DNS, id, to.mark()));
        }
        if (to.noUdp()) {
            elements.add(new CgroupElement(CgroupSet.NO_UDP, id, 0));
        }
        if (to.noIpv6()) {
            elements.add(new CgroupElement(CgroupSet.NO_IPV6, id, 0));
        }
        var dns = to.dns();
        if (dns == null) {
            return;
        }
        if (to.noUdp() && dns.ipv4() != null) {
            elements.add(new CgroupElement(CgroupSet.DNS_UDP4, id, to.mark()));
        }
        if ((to.noUdp() || to.noIpv6()) && dns.ipv6() != null) {
            elements.add(new CgroupElement(CgroupSet.DNS_UDP6, id, to.mark()));
        }
        if (to.noIpv6() && dns.tcp() && dns.ipv6() != null) {
            elements.add(new CgroupElement(CgroupSet.DNS_TCP6, id, to.mark()));
        }
    }

    /** Whether it stops packets. */
    boolean drops() {
        return set == CgroupSet.REJECTS || (set.value == CgroupSet.Value.VERDICT && value == DROP);
    }

    /** Whether it keeps what an ancestor drops from being dropped here. */
    boolean spares() {
        return set.value == CgroupSet.Value.VERDICT && value == STOP;
    }

    /** Whether packets are stopped where there is no element like this one, which spares them. */
    boolean isMissedIn(Assignment assignment) {
        return set == CgroupSet.DROPS
                ? assignment.drops() || (assignment.own() == null && assignment.belowDrop())
                : assignment.dropsTotally() || (assignment.own() == null && assignment.belowTotalDrop());
    }

    /** As the kernel is to get it. */
    Element toKernel(String path) {
        var key = Value.cgroup(cgroup);
        var element = switch (set.value) {
            case NONE -> Element.of(key);
            case MARK -> Element.of(key, Value.mark(value));
            case VERDICT -> Element.of(key, value == DROP ? sluice.netlink.nftables.Verdict.DROP : RETURN);
        };
        return element.withFittingComment(path);
    }

    private static void drop(Verdict.Scope scope, long id, List<CgroupElement> elements) {
        switch (scope) {
            case ALL_BUT_BYPASS -> elements.add(new CgroupElement(CgroupSet.DROPS, id, DROP));
            case REJECT -> elements.add(new CgroupElement(CgroupSet.REJECTS, id, 0));
            case ALL_BUT_LOOPBACK -> {
                elements.add(new CgroupElement(CgroupSet.TOTAL_DROPS, id, DROP));
                // Loopback, where the bypass does not name it, goes straight out, whatever an ancestor says.
                elements.add(new CgroupElement(CgroupSet.DIRECT, id, 0));
            }
        }
    }
}
