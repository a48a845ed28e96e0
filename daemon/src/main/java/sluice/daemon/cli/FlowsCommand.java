// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.OptionSpec;
import sluice.control.ControlJson;
import sluice.control.FlowView;
import sluice.control.FlowsView;
import sluice.control.RefusedException;

/** {@code sluice flows}. */
final class FlowsCommand extends Subcommand {
    private static final long PERIOD_MILLIS = 500;
    private static final String UNDECIDED = "-";

    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());
    private final OptionSpec follow = OptionSpec.builder("-f", "--follow")
            .type(boolean.class)
            .description(
                    "Goes on: shows each flow when it has begun and when it has ended, until Ctrl-C. With --json, one"
                            + " object a line.")
            .build();

    FlowsCommand() {
        super("Shows what the engine carries: whose, where to, through which outbound, how much.");
        spec().addOption(follow);
    }

    @Override
    public Integer call() throws IOException, RefusedException, InterruptedException {
        var out = out();
        var flows = socket.client().flows(-1);
        if (isFollowing()) {
            follow(flows, out);
        } else if (json.wanted()) {
            out.println(ControlJson.text(flows.live()));
        } else {
            print(flows.live(), out);
        }
        return ExitCode.FINE;
    }

    private boolean isFollowing() {
        return Boolean.TRUE.equals(follow.getValue());
    }

    private void follow(FlowsView first, PrintWriter out) throws IOException, RefusedException, InterruptedException {
        if (!json.wanted()) {
            print(first.live(), out);
        }
        long newest = json.wanted() ? 0 : newest(first, 0);
        for (var flows = first; !out.checkError(); flows = socket.client().flows(flows.position())) {
            for (var flow : flows.live()) {
                if (flow.id() > newest) {
                    show(flow, out);
                }
            }
            for (var flow : flows.ended()) {
                show(flow, out);
            }
            newest = newest(flows, newest);
            TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
        }
    }

    private static long newest(FlowsView flows, long before) {
        return Math.max(
                before, flows.live().stream().mapToLong(FlowView::id).max().orElse(before));
    }

    private void show(FlowView flow, PrintWriter out) {
        out.println(json.wanted() ? ControlJson.line(flow) : line(flow));
    }

    static String line(FlowView flow) {
        var text = (flow.end() == null ? "+ " : "- ") + who(flow) + "  " + flow.transport() + " " + destination(flow)
                + "  " + way(flow);
        return Terminal.printable(
                flow.end() == null
                        ? text
                        : text + "  " + bytes(flow.sent()) + " up, " + bytes(flow.received()) + " down, "
                                + flow.milliseconds() + " ms: " + flow.end()
                                + (flow.detail() == null ? "" : ", " + flow.detail()));
    }

    static void print(List<FlowView> flows, PrintWriter out) {
        var rows = new Columns("APPLICATION", "DESTINATION", "OUTBOUND", "SENT", "RECEIVED", "AGE");
        flows.stream()
                .sorted(Comparator.comparing(FlowView::application).thenComparingLong(FlowView::id))
                .forEach(flow -> rows.row(
                        who(flow),
                        (flow.transport().equals("tcp") ? "" : flow.transport() + " ") + destination(flow),
                        way(flow),
                        bytes(flow.sent()),
                        bytes(flow.received()),
                        StatusCommand.duration(Duration.ofMillis(flow.milliseconds()))));
        rows.print(out);
    }

    private static String who(FlowView flow) {
        return flow.pid() == null
                ? flow.application()
                : flow.application() + " (" + Objects.requireNonNullElse(flow.command(), "") + " " + flow.pid() + ")";
    }

    /** The name with the address behind it, as far as it is known. */
    private static String destination(FlowView flow) {
        if (flow.host() == null) {
            return flow.destination();
        }
        int port = flow.destination().lastIndexOf(':');
        return flow.host() + flow.destination().substring(port) + " ("
                + flow.destination().substring(0, port) + ")";
    }

    private static String way(FlowView flow) {
        var dialled = flow.outbounds().isEmpty() ? UNDECIDED : String.join(" > ", flow.outbounds());
        return flow.route() == null ? dialled : dialled + " by " + flow.route();
    }

    /** With a binary prefix from 10 KiB on. */
    static String bytes(long count) {
        if (count < 10 << 10) {
            return count + " B";
        }
        if (count < 10 << 20) {
            return (count >> 10) + " KiB";
        }
        return count < 10L << 30 ? (count >> 20) + " MiB" : (count >> 30) + " GiB";
    }
}
