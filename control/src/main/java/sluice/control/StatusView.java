// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the daemon is doing.
 *
 * @param version Sluice's
 * @param pid the daemon's process
 * @param uptimeSeconds since its start
 * @param configuration the file in force; null where there is none and everything goes direct
 * @param loaded when that was read, ISO 8601 in UTC, to the second
 * @param mechanism what intercepts flows, such as {@code nftables}
 * @param root the managed cgroup directory
 * @param rules in the order of the file
 * @param tproxies in the order of the file
 * @param engine the built-in engine; null where no rule needs it
 * @param dns the built-in DNS server; null where there is none
 * @param cgroups how many cgroups have which target, by target
 * @param levels depth of the deepest cgroup that a rule matches
 * @param repairs how often something that others removed from the kernel was put back
 * @param bounds what there may be so many of, so that no application can take what others need
 * @param neighbours other software with rules in the kernel, and what it means, one line each
 * @param warnings what an operator should look at
 */
public record StatusView(
        String version,
        long pid,
        long uptimeSeconds,
        @Nullable String configuration,
        String loaded,
        String mechanism,
        String root,
        List<RuleStatus> rules,
        List<TproxyStatus> tproxies,
        @Nullable EngineStatus engine,
        @Nullable DnsStatus dns,
        Map<String, Long> cgroups,
        int levels,
        long repairs,
        List<BoundStatus> bounds,
        List<String> neighbours,
        List<String> warnings) {

    /**
     * One rule.
     *
     * @param line in the file, from 1
     * @param condition as in the file
     * @param target as in the file: {@code direct}, {@code tproxy mihomo}
     * @param cgroups how many match it
     * @param flows new flows that followed it since the rules were loaded; 0 for rules that drop, which look at packets
     * @param droppedPackets that it has dropped since then
     * @param droppedBytes of these packets
     * @param hint why it may not do what was meant; null where nothing is odd
     */
    public record RuleStatus(
            int line,
            String condition,
            String target,
            long cgroups,
            long flows,
            long droppedPackets,
            long droppedBytes,
            @Nullable String hint) {}

    /**
     * One TPROXY server.
     *
     * @param name as in the file
     * @param port where it listens
     * @param state {@code up}, {@code down} or {@code unknown}
     */
    public record TproxyStatus(String name, int port, String state) {}

    /**
     * How many of something there may be at once.
     *
     * @param name of what
     * @param limit how many
     * @param taken how many there are
     * @param refused how often an application was refused one since the start
     * @param lastRefused unit, user or container that was last noticed to be refused; null where none was
     */
    public record BoundStatus(
            String name,
            long limit,
            long taken,
            long refused,
            @Nullable String lastRefused) {}

    /**
     * The engine.
     *
     * @param targets outbounds that rules send cgroups to
     * @param flows that live now
     * @param limit most flows at once
     * @param accepted flows since the start, refused ones included
     * @param refused flows since the start for which there was no room
     * @param unredirected connections and datagrams since the start that processes sent to the engine's own ports; refused
     * @param groups of outbounds, in the order of the file
     * @param datagrams what was counted about UDP since the start, by name
     * @param queries what was counted about queries to port 53 since the start, by name
     */
    public record EngineStatus(
            List<TargetStatus> targets,
            long flows,
            long limit,
            long accepted,
            long refused,
            long unredirected,
            List<GroupStatus> groups,
            Map<String, Long> datagrams,
            Map<String, Long> queries) {}

    /**
     * The DNS server.
     *
     * @param mode as in the file: {@code real} or {@code fake-ip}
     * @param answers of servers that are remembered
     * @param fakes names that have a fake IP
     * @param fakesInUse those that a flow uses
     * @param fakeLimit most of them at a time; 0 where there are none
     * @param notRemembered why fake IPs would not outlive the daemon now; null where they do, or there are none
     * @param counts of queries and what became of them since the start, by name
     */
    public record DnsStatus(
            String mode,
            long answers,
            long fakes,
            long fakesInUse,
            long fakeLimit,
            @Nullable String notRemembered,
            Map<String, Long> counts) {}

    /**
     * A group of outbounds.
     *
     * @param name as in the file
     * @param type as in the file
     * @param now the member that new flows get; null where that depends on the flow
     */
    public record GroupStatus(
            String name, String type, @Nullable String now, List<MemberStatus> members) {}

    /**
     * A member of a group.
     *
     * @param outbound as in the file
     * @param alive whether its last test succeeded; true before the first one
     * @param milliseconds that its last test took; null when it failed or there was none
     */
    public record MemberStatus(
            String outbound, boolean alive, @Nullable Integer milliseconds) {}

    /**
     * One outbound that rules send cgroups to.
     *
     * @param outbound as in the file
     * @param port where the engine listens for it
     * @param udp whether it may carry UDP; else that is refused at once
     */
    public record TargetStatus(String outbound, int port, boolean udp) {}
}
