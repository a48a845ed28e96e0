// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import sluice.control.ControlJson;
import sluice.control.RefusedException;
import sluice.control.StatusView;

/** {@code sluice status}. */
final class StatusCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());

    StatusCommand() {
        super("Shows how the daemon is doing: rules with their counters, TPROXY servers, warnings.");
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        var status = socket.client().status();
        var out = out();
        if (json.wanted()) {
            out.println(ControlJson.text(status));
        } else {
            print(status, Page.on(out), ZoneId.systemDefault());
        }
        return ExitCode.FINE;
    }

    static void print(StatusView status, Page page, ZoneId zone) {
        page.heading(
                "Sluice " + status.version(),
                ", process " + status.pid() + ", up " + duration(Duration.ofSeconds(status.uptimeSeconds())));
        page.labelled(
                "configuration",
                status.configuration() == null
                        ? "none: everything direct"
                        : status.configuration() + ", read " + LocalTime.of(status.loaded(), zone));
        page.labelled(
                "mechanism",
                status.mechanism() + " below " + status.root() + ", " + status.levels() + " levels, " + status.repairs()
                        + " repairs");
        page.labelled(
                "cgroups",
                status.cgroups().isEmpty()
                        ? "none with a target"
                        : status.cgroups().entrySet().stream()
                                .map(entry -> entry.getValue() + " " + entry.getKey())
                                .collect(Collectors.joining(", ")));
        if (!status.rules().isEmpty()) {
            page.blank();
            printRules(status, page);
        }
        if (!status.tproxies().isEmpty()) {
            page.blank();
            var servers = new Columns("TPROXY", "PORT", "STATE");
            status.tproxies().forEach(server -> servers.row(server.name(), server.port(), server.state()));
            page.print(servers);
        }
        if (status.engine() != null) {
            page.blank();
            printEngine(status.engine(), page);
        }
        if (status.dns() != null) {
            page.blank();
            printDns(status.dns(), page);
        }
        printBounds(status.bounds(), page);
        if (!status.neighbours().isEmpty()) {
            page.blank();
            status.neighbours().forEach(neighbour -> page.labelled("beside", neighbour));
        }
        status.warnings().forEach(warning -> page.warning("warning: " + warning));
    }

    /** What was counted, without what never happened. */
    private static String counts(Map<String, Long> counts, String none) {
        var counted = counts.entrySet().stream()
                .filter(count -> count.getValue() > 0)
                .map(count -> count.getValue() + " " + count.getKey())
                .collect(Collectors.joining(", "));
        return counted.isEmpty() ? none : counted;
    }

    /** Those that are beyond half, where shares begin to count, and those that have refused something. */
    private static void printBounds(List<StatusView.BoundStatus> bounds, Page page) {
        var columns = new Columns("BOUND", "TAKEN", "LIMIT", "REFUSED", "LAST REFUSED");
        var notable = bounds.stream()
                .filter(bound -> bound.refused() > 0 || bound.taken() > bound.limit() / 2)
                .toList();
        for (var bound : notable) {
            var last = bound.lastRefused() == null ? "" : bound.lastRefused();
            columns.row(bound.name(), bound.taken(), bound.limit(), bound.refused(), last);
        }
        if (!notable.isEmpty()) {
            page.blank();
            page.print(columns);
        }
    }

    private static void printEngine(StatusView.EngineStatus engine, Page page) {
        page.labelled(
                "engine",
                engine.flows() + " flows of at most " + engine.limit() + ", " + engine.accepted() + " since the start, "
                        + engine.refused() + " refused");
        if (engine.unredirected() > 0) {
            page.labelled(
                    "",
                    engine.unredirected()
                            + " connections and datagrams that no rule led here, to its own ports, refused");
        }
        page.labelled("datagrams", counts(engine.datagrams(), "none"));
        page.labelled("port 53", counts(engine.queries(), "no queries"));
        var targets = new Columns("OUTBOUND", "PORT", "UDP");
        engine.targets().forEach(target -> targets.row(target.outbound(), target.port(), target.udp() ? "yes" : "no"));
        page.print(targets);
        if (!engine.groups().isEmpty()) {
            page.blank();
            var groups = new Columns("GROUP", "TYPE", "NOW", "MEMBERS");
            engine.groups()
                    .forEach(group -> groups.row(
                            group.name(),
                            group.type(),
                            group.now() == null ? "by flow" : group.now(),
                            group.members().stream().map(StatusCommand::member).collect(Collectors.joining(", "))));
            page.print(groups);
        }
    }

    private static void printDns(StatusView.DnsStatus dns, Page page) {
        page.labelled(
                "dns",
                dns.mode() + ", " + dns.answers() + " answers remembered"
                        + (dns.fakeLimit() == 0
                                ? ""
                                : ", " + dns.fakes() + " of at most " + dns.fakeLimit() + " fake IPs, "
                                        + dns.fakesInUse() + " in use"));
        page.labelled("", counts(dns.counts(), "no queries"));
        if (dns.notRemembered() != null) {
            page.warning("fake IPs are not remembered: " + dns.notRemembered());
        }
    }

    private static String member(StatusView.MemberStatus member) {
        if (!member.alive()) {
            return member.outbound() + " down";
        }
        return member.milliseconds() == null
                ? member.outbound()
                : member.outbound() + " " + member.milliseconds() + " ms";
    }

    private static void printRules(StatusView status, Page page) {
        boolean drops = status.rules().stream().anyMatch(StatusCommand::drops);
        var rules = drops
                ? new Columns("LINE", "TARGET", "CGROUPS", "FLOWS", "DROPPED", "CONDITION")
                : new Columns("LINE", "TARGET", "CGROUPS", "FLOWS", "CONDITION");
        for (var rule : status.rules()) {
            var cells = new ArrayList<Object>(List.of(rule.line(), rule.target(), rule.cgroups()));
            cells.add(drops(rule) ? "-" : rule.flows());
            if (drops) {
                cells.add(drops(rule) ? dropped(rule) : "-");
            }
            cells.add(rule.condition());
            rules.row(cells.toArray());
        }
        page.print(rules);
        for (var rule : status.rules()) {
            if (rule.hint() != null) {
                page.warning("line " + rule.line() + ": " + rule.hint());
            }
        }
    }

    private static boolean drops(StatusView.RuleStatus rule) {
        return rule.target().startsWith("drop") || rule.target().equals("reject");
    }

    /** Rules that drop look at packets, whatever flow they belong to. */
    private static String dropped(StatusView.RuleStatus rule) {
        return rule.droppedPackets() + " packets, " + FlowsCommand.bytes(rule.droppedBytes());
    }

    static String duration(Duration time) {
        if (time.toDays() > 0) {
            return time.toDays() + " d " + time.toHoursPart() + " h";
        }
        if (time.toHours() > 0) {
            return time.toHours() + " h " + time.toMinutesPart() + " min";
        }
        return time.toMinutes() > 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }
}
