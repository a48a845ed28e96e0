// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.OptionSpec;
import sluice.control.ControlClient;
import sluice.control.ControlJson;
import sluice.control.FlowView;
import sluice.control.FlowsView;
import sluice.control.RefusedException;
import sluice.linux.KernelString;

/** {@code sluice flows}. */
final class FlowsCommand extends Subcommand {
    private static final long PERIOD_MILLIS = 500;
    /** The daemon remembers a thousand. */
    private static final int MANY = 100;

    private static final long SOON_MILLIS = 50;
    private static final String UNDECIDED = "-";
    /** Of what is left of a line on a narrow terminal. */
    private static final int INDENT = 4;

    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());
    private final OptionSpec follow = OptionSpec.builder("-f", "--follow")
            .type(boolean.class)
            .description(
                    "Goes on: shows each flow when it has begun and when it has ended, until Ctrl-C, and how many ended"
                            + " too fast to be shown. With --json, one object a line.")
            .build();

    FlowsCommand() {
        super("Shows what the engine carries: whose, where to, through which outbound, how much.");
        spec().addOption(follow);
    }

    @Override
    public Integer call() throws IOException, RefusedException, InterruptedException {
        var out = out();
        var client = socket.client();
        var flows = client.flows(-1);
        if (isFollowing()) {
            follow(client, flows, out);
        } else if (json.wanted()) {
            out.println(ControlJson.text(flows.live()));
        } else {
            print(flows.live(), Page.on(out));
        }
        return ExitCode.FINE;
    }

    private boolean isFollowing() {
        return Boolean.TRUE.equals(follow.getValue());
    }

    private void follow(ControlClient client, FlowsView first, PrintWriter out)
            throws IOException, RefusedException, InterruptedException {
        var news = new FlowNews(first);
        if (json.wanted()) {
            first.live().forEach(flow -> out.println(ControlJson.line(flow)));
        } else {
            print(first.live(), Page.on(out));
        }
        for (var flows = first; !out.checkError(); ) {
            TimeUnit.MILLISECONDS.sleep(flows.ended().size() < MANY ? PERIOD_MILLIS : SOON_MILLIS);
            flows = client.flows(news.position());
            if (!news.continues(flows)) {
                // The daemon has been restarted: from its beginning.
                flows = client.flows(0);
            }
            show(news.take(flows), out);
        }
    }

    private void show(FlowNews.Since since, PrintWriter out) {
        for (var flow : since.flows()) {
            if (json.wanted()) {
                out.println(ControlJson.line(flow));
            } else {
                Page.on(out).print(line(flow), INDENT);
            }
        }
        if (since.missed() > 0) {
            out.println(
                    json.wanted()
                            ? ControlJson.line(Map.of("missed", since.missed()))
                            : "! " + since.missed() + " more have ended, too many at once to be shown");
        }
    }

    static String line(FlowView flow) {
        var text = (flow.end() == null ? "+ " : "- ") + who(flow) + "  " + flow.transport() + " " + destination(flow)
                + "  " + way(flow);
        return KernelString.printable(
                flow.end() == null
                        ? text
                        : text + "  " + bytes(flow.sent()) + " up, " + bytes(flow.received()) + " down, "
                                + flow.milliseconds() + " ms: " + flow.end()
                                + (flow.detail() == null ? "" : ", " + flow.detail()));
    }

    static void print(List<FlowView> flows, Page page) {
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
        page.print(rows);
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
