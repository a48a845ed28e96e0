// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
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
            print(status, out);
        }
        return ExitCode.FINE;
    }

    static void print(StatusView status, PrintWriter out) {
        out.println(Terminal.bold("Sluice " + status.version()) + ", process " + status.pid() + ", up "
                + duration(Duration.ofSeconds(status.uptimeSeconds())));
        out.println("configuration  "
                + (status.configuration() == null
                        ? "none: everything direct"
                        : status.configuration() + ", read " + status.loaded()));
        out.println("mechanism      " + status.mechanism() + " below " + status.root() + ", " + status.levels()
                + " levels, " + status.repairs() + " repairs");
        out.println("cgroups        "
                + (status.cgroups().isEmpty()
                        ? "none with a target"
                        : status.cgroups().entrySet().stream()
                                .map(entry -> entry.getValue() + " " + entry.getKey())
                                .collect(Collectors.joining(", "))));
        if (!status.rules().isEmpty()) {
            out.println();
            printRules(status, out);
        }
        if (!status.tproxies().isEmpty()) {
            out.println();
            var servers = new Columns("TPROXY", "PORT", "STATE");
            status.tproxies().forEach(server -> servers.row(server.name(), server.port(), server.state()));
            servers.print(out);
        }
        if (status.engine() != null) {
            out.println();
            printEngine(status.engine(), out);
        }
        if (status.dns() != null) {
            out.println();
            printDns(status.dns(), out);
        }
        printBounds(status.bounds(), out);
        for (var warning : status.warnings()) {
            out.println(Terminal.warning("warning: " + warning));
        }
    }

    /** Those that are beyond half, where shares begin to count, and those that have refused something. */
    private static void printBounds(List<StatusView.BoundStatus> bounds, PrintWriter out) {
        var columns = new Columns("BOUND", "TAKEN", "LIMIT", "REFUSED", "LAST REFUSED");
        var notable = bounds.stream()
                .filter(bound -> bound.refused() > 0 || bound.taken() > bound.limit() / 2)
                .toList();
        for (var bound : notable) {
            var last = bound.lastRefused() == null ? "" : bound.lastRefused();
            columns.row(bound.name(), bound.taken(), bound.limit(), bound.refused(), last);
        }
        if (!notable.isEmpty()) {
            out.println();
            columns.print(out);
        }
    }

    private static void printEngine(StatusView.EngineStatus engine, PrintWriter out) {
        out.println("engine         " + engine.flows() + " flows of at most " + engine.limit() + ", "
                + engine.accepted() + " since the start, " + engine.refused() + " refused");
        if (engine.unredirected() > 0) {
            out.println("               " + engine.unredirected()
                    + " connections and datagrams that no rule led here, to its own ports, refused");
        }
        var targets = new Columns("OUTBOUND", "PORT", "UDP");
        engine.targets().forEach(target -> targets.row(target.outbound(), target.port(), target.udp() ? "yes" : "no"));
        targets.print(out);
        if (!engine.groups().isEmpty()) {
            out.println();
            var groups = new Columns("GROUP", "TYPE", "NOW", "MEMBERS");
            engine.groups()
                    .forEach(group -> groups.row(
                            group.name(),
                            group.type(),
                            group.now() == null ? "by flow" : group.now(),
                            group.members().stream().map(StatusCommand::member).collect(Collectors.joining(", "))));
            groups.print(out);
        }
    }

    private static void printDns(StatusView.DnsStatus dns, PrintWriter out) {
        out.println("dns            " + dns.mode() + ", " + dns.answers() + " answers remembered"
                + (dns.fakeLimit() == 0
                        ? ""
                        : ", " + dns.fakes() + " of at most " + dns.fakeLimit() + " made-up addresses, "
                                + dns.fakesInUse() + " in use"));
        out.println("               "
                + dns.counts().entrySet().stream()
                        .filter(count -> count.getValue() > 0)
                        .map(count -> count.getValue() + " " + count.getKey())
                        .collect(Collectors.joining(
                                ", ", "", dns.counts().values().stream().anyMatch(n -> n > 0) ? "" : "no queries")));
        if (dns.notRemembered() != null) {
            out.println(Terminal.warning("made-up addresses are not remembered: " + dns.notRemembered()));
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

    private static void printRules(StatusView status, PrintWriter out) {
        var rules = new Columns("LINE", "TARGET", "CGROUPS", "FLOWS", "PACKETS", "BYTES", "CONDITION");
        for (var rule : status.rules()) {
            rules.row(
                    rule.line(),
                    rule.target(),
                    rule.cgroups(),
                    rule.flows(),
                    rule.packets(),
                    rule.bytes(),
                    rule.condition());
        }
        rules.print(out);
        for (var rule : status.rules()) {
            if (rule.hint() != null) {
                out.println(Terminal.warning("line " + rule.line() + ": " + rule.hint()));
            }
        }
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
