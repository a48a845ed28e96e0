// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.neighbours;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import sluice.netlink.route.PolicyRule;

/**
 * Software that has rules of its own in the kernel, by what it is recognised there, and what it means for those who run Sluice beside
 * it. docs/operations.md has the same list with reasons.
 */
@SuppressWarnings("ImmutableEnumChecker") // Predicates without state.
enum Neighbour {
    FIREWALLD(
            "firewalld",
            names -> names.hasTable("firewalld") || names.hasChain("INPUT_ZONES"),
            List.of(),
            "nothing to do; what it says of outgoing traffic applies to connections of the engine and of TPROXY servers, not to"
                    + " redirected applications"),
    UFW(
            "ufw",
            names -> names.hasChain("ufw-before-") || names.hasChain("ufw6-before-"),
            List.of(),
            "nothing to do; what it says of outgoing traffic applies to connections of the engine and of TPROXY servers, not to"
                    + " redirected applications"),
    NIXOS(
            "NixOS firewall",
            names -> names.hasChain("nixos-fw-rpfilter") || names.hasTable("nixos-fw"),
            List.of(),
            "nothing to do; its reverse path filter lets redirected traffic pass"),
    TAILSCALE(
            "Tailscale",
            names -> names.hasChain("ts-input") || names.hasChain("ts-forward"),
            List.of(new MarkBits(0x40000, 0xff0000), new MarkBits(0x80000, 0xff0000)),
            "addresses of the tailnet are redirected like others: put 100.64.0.0/10 and fd7a:115c:a1e0::/48 into bypass;"
                    + " where a rule matches tailscaled.service, it needs one with direct: true before that"),
    WG_QUICK(
            "wg-quick or a VPN like it",
            names -> names.hasTable("wg-quick-") || names.rules().stream().anyMatch(Neighbour::isOfWgQuick),
            List.of(),
            "nothing to do; connections of the engine go through the tunnel, those of an outbound with the tunnel's FwMark as"
                    + " mark go past it"),
    DOCKER(
            "Docker",
            names -> names.hasTable("docker-bridges") || names.hasChain("DOCKER"),
            List.of(),
            "nothing to do; containers have network namespaces of their own, so rules reach only those with the host's"
                    + " network"),
    LIBVIRT(
            "libvirt",
            names -> names.hasTable("libvirt_network") || names.hasChain("LIBVIRT_"),
            List.of(),
            "nothing to do; traffic of guests is forwarded, and rules leave it alone"),
    KUBE_PROXY(
            "kube-proxy",
            names -> names.hasTable("kube-proxy") || names.hasChain("KUBE-SERVICES"),
            List.of(new MarkBits(0x4000, 0x4000), new MarkBits(0x8000, 0x8000)),
            "addresses of services and pods are redirected like others: put both networks into bypass");

    /**
     * Packet marks that mean something to a neighbour.
     *
     * @param value of the bits in {@code mask}
     */
    record MarkBits(int value, int mask) {
        boolean isIn(int mark) {
            return (mark & mask) == value;
        }
    }

    private final String title;
    private final Predicate<KernelNames> sign;
    private final List<MarkBits> marks;
    private final String meaning;

    Neighbour(String title, Predicate<KernelNames> sign, List<MarkBits> marks, String meaning) {
        this.title = title;
        this.sign = sign;
        this.marks = marks;
        this.meaning = meaning;
    }

    boolean isIn(KernelNames names) {
        return sign.test(names);
    }

    /** What it means, in one line. */
    String meaning() {
        return title + ": " + meaning;
    }

    /**
     * Marks that mean something to this neighbour too, one line each.
     *
     * @param ours packet marks of redirections, by name
     */
    List<String> conflicts(Map<String, Integer> ours) {
        return ours.entrySet().stream()
                .filter(mark -> marks.stream().anyMatch(bits -> bits.isIn(mark.getValue())))
                .map(mark -> title
                        + ": the mark 0x%x of \"%s\" has bits that it masquerades or drops by (%s): give the tproxy another mark"
                                .formatted(mark.getValue(), mark.getKey(), masks()))
                .toList();
    }

    private String masks() {
        return String.join(
                ", ",
                marks.stream()
                        .map(bits -> "0x%x/0x%x".formatted(bits.value, bits.mask))
                        .toList());
    }

    /** wg-quick(8) and VPN clients have what does not carry the tunnel's own mark look up the table of the same number. */
    private static boolean isOfWgQuick(PolicyRule rule) {
        return rule.inverted() && rule.mark() != 0 && rule.mark() == rule.table();
    }
}
