// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

/** What happens to the traffic that applications of a cgroup start. Replies to incoming connections are never touched. */
public sealed interface Verdict {
    /** Straight out, as if Sluice were not there. */
    Direct DIRECT = new Direct();

    /** Straight out. */
    record Direct() implements Verdict {}

    /** Nowhere. */
    record Drop(Scope scope) implements Verdict {}

    /** To a TPROXY server. */
    record Redirect(Redirection to) implements Verdict {}

    /** How far a {@link Drop} goes, and how it answers. */
    enum Scope {
        /** Silently; destinations in bypass stay reachable. */
        ALL_BUT_BYPASS,
        /** Silently; of the bypass only loopback stays reachable. */
        ALL_BUT_LOOPBACK,
        /** As {@link #ALL_BUT_BYPASS}, answered with a TCP reset or an ICMP error, so that applications fail at once. */
        REJECT
    }
}
