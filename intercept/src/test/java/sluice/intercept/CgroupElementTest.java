// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;

class CgroupElementTest {
    private static final long ID = 7;

    private static List<CgroupElement> elements(@Nullable Verdict own, boolean belowDrop, boolean belowTotalDrop) {
        var ruling = own == null ? null : new Ruling(0, own);
        return CgroupElement.of(
                new Assignment(new Cgroup(ID, "/a/b", 2), ruling, belowDrop, belowTotalDrop, false), false);
    }

    private static Verdict redirect(boolean noUdp, boolean noIpv6, boolean dns) {
        var hijack = dns
                ? new Redirection.DnsHijack(
                        Inet4Address.ofLiteral("127.0.0.1"), (Inet6Address) Inet6Address.ofLiteral("::1"), 53, true)
                : null;
        return new Verdict.Redirect(new Redirection("t", 3000, 7893, noUdp, noIpv6, Redirection.WhenDown.DROP, hijack));
    }

    private static Verdict drop(Verdict.Scope scope) {
        return new Verdict.Drop(scope);
    }

    @Test
    void anUnmatchedCgroupHasNoElementEvenBelowADrop() {
        assertThat(elements(null, true, true)).isEmpty();
    }

    @Test
    void aMatchedCgroupBelowADropStopsTheWalkForDrops() {
        assertThat(elements(Verdict.DIRECT, true, false))
                .containsExactly(
                        new CgroupElement(CgroupSet.DIRECT, ID, 0),
                        new CgroupElement(CgroupSet.DROPS, ID, CgroupElement.STOP));
        assertThat(elements(redirect(false, false, false), false, true))
                .containsExactly(
                        new CgroupElement(CgroupSet.MARKS, ID, 3000),
                        new CgroupElement(CgroupSet.TOTAL_DROPS, ID, CgroupElement.STOP));
    }

    @Test
    void aRejectedCgroupBelowADropIsRejected() {
        assertThat(elements(drop(Verdict.Scope.REJECT), true, false))
                .containsExactly(new CgroupElement(CgroupSet.REJECTS, ID, 0));
    }

    @Test
    void aTotalDropLeavesLoopbackDirectWhateverAnAncestorDrops() {
        assertThat(elements(drop(Verdict.Scope.ALL_BUT_LOOPBACK), true, false))
                .containsExactly(
                        new CgroupElement(CgroupSet.TOTAL_DROPS, ID, CgroupElement.DROP),
                        new CgroupElement(CgroupSet.DIRECT, ID, 0),
                        new CgroupElement(CgroupSet.DROPS, ID, CgroupElement.STOP));
    }

    @Test
    void dnsNeedsAnElementOnlyWhereItWouldStayDirectOtherwise() {
        assertThat(elements(redirect(false, false, true), false, false))
                .extracting(CgroupElement::set)
                .containsExactly(CgroupSet.MARKS);
        assertThat(elements(redirect(true, true, true), false, false))
                .extracting(CgroupElement::set)
                .containsExactly(
                        CgroupSet.MARKS,
                        CgroupSet.NO_UDP,
                        CgroupSet.NO_IPV6,
                        CgroupSet.DNS_UDP4,
                        CgroupSet.DNS_UDP6,
                        CgroupSet.DNS_TCP6);
    }

    @Test
    void aProxiedCgroupIsToldFromMatchedOnesBelowIt() {
        var ruling = new Ruling(0, new Verdict.Redirect(Redirection.toEngine("e", 4001, 7894, false, true)));
        var direct = new Ruling(1, Verdict.DIRECT);
        var cgroup = new Cgroup(ID, "/a/b", 2);
        var queries = new CgroupElement(CgroupSet.DNS, ID, 4001);
        var proxied = new CgroupElement(CgroupSet.PROXIED, ID, 0);
        var spared = new CgroupElement(CgroupSet.UNPROXIED, ID, 0);
        assertThat(CgroupElement.of(new Assignment(cgroup, ruling, false, false, true), false))
                .contains(queries, proxied)
                .doesNotContain(spared);
        assertThat(CgroupElement.of(new Assignment(cgroup, direct, false, false, true), false))
                .contains(spared);
        assertThat(CgroupElement.of(new Assignment(cgroup, direct, false, false, false), false))
                .doesNotContain(spared);
        assertThat(CgroupElement.of(new Assignment(cgroup, null, false, false, true), false))
                .isEmpty();
    }

    @Test
    void everyClassifiedCgroupIsKnownWhereNewOnesAreHeld() {
        var unmatched = new Assignment(new Cgroup(ID, "/a", 1), null, false, false, false);
        assertThat(CgroupElement.of(unmatched, true)).containsExactly(new CgroupElement(CgroupSet.KNOWN, ID, 0));
        assertThat(CgroupElement.of(unmatched, false)).isEmpty();
        assertThat(CgroupElement.of(null, true)).isEmpty();
    }
}
