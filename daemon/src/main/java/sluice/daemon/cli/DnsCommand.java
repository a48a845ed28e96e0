// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import sluice.control.ControlJson;
import sluice.control.DnsCacheView;
import sluice.control.DnsView;
import sluice.control.FlushRequest;
import sluice.control.FlushView;
import sluice.control.RefusedException;
import sluice.linux.KernelString;

/** {@code sluice dns}. */
final class DnsCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());
    private final PositionalParamSpec name = PositionalParamSpec.builder()
            .arity("0..1")
            .paramLabel("NAME")
            .type(String.class)
            .description("The name to ask for.")
            .build();
    private final OptionSpec type = OptionSpec.builder("-t", "--type")
            .paramLabel("TYPE")
            .type(String.class)
            .defaultValue("A")
            .description("Type of record, such as AAAA or TYPE65. Default: A.")
            .build();
    private final OptionSpec application = OptionSpec.builder("-a", "--app")
            .paramLabel("PATH|PID|UNIT")
            .type(String.class)
            .description("As this application would: a cgroup's path, a process in it, or a systemd unit.")
            .build();
    private final OptionSpec cache = OptionSpec.builder("--cache")
            .type(boolean.class)
            .description("Shows the answers that are remembered.")
            .build();
    private final OptionSpec flush = OptionSpec.builder("--flush")
            .arity("0..1")
            .paramLabel("WHAT")
            .type(FlushRequest.What.class)
            .fallbackValue("cache")
            .description("Forgets remembered answers (cache, the default) or fake IPs that no flow uses"
                    + " (fakes), as root.")
            .build();

    DnsCommand() {
        super("Shows what a proxied application is answered when it asks for a name: by whom, and why.");
        Stream.of(type, application, cache, flush).forEach(spec()::addOption);
        spec().addPositional(name);
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        @Nullable String asked = name.getValue();
        FlushRequest.@Nullable What forget = flush.getValue();
        boolean listed = Boolean.TRUE.equals(cache.getValue());
        if ((asked == null ? 0 : 1) + (forget == null ? 0 : 1) + (listed ? 1 : 0) != 1) {
            throw new ParameterException(spec().commandLine(), "Give one of: NAME, --cache, --flush");
        }
        if (asked != null) {
            show(ask(asked));
        } else if (forget != null) {
            show(socket.client().flush(forget));
        } else {
            show(socket.client().dnsCache());
        }
        return ExitCode.FINE;
    }

    private DnsView ask(String asked) throws IOException, RefusedException {
        @Nullable String who = application.getValue();
        return socket.client().dns(asked, type.getValue(), who == null ? null : CgroupArgument.resolve(who));
    }

    private void show(Object view) {
        var out = out();
        if (json.wanted()) {
            out.println(ControlJson.text(view));
        } else {
            switch (view) {
                case DnsView answer -> print(answer, out);
                case DnsCacheView remembered -> print(remembered, out);
                case FlushView(var what, long forgotten) ->
                    out.println("forgot " + forgotten + (what == FlushRequest.What.cache ? " answers" : " fake IPs"));
                default -> throw new IllegalArgumentException(view.toString());
            }
        }
    }

    static void print(DnsView view, PrintWriter out) {
        out.println(Terminal.bold(KernelString.printable(view.name()) + " " + view.type())
                + (view.application() == null ? "" : ", asked by " + KernelString.printable(view.application())));
        out.println("gets     " + what(view));
        if (!view.addresses().isEmpty()) {
            out.println("         " + String.join(", ", view.addresses()));
        }
        out.println("because  " + KernelString.printable(view.reason()));
        if (!view.servers().isEmpty()) {
            out.println("servers  " + String.join(", ", view.servers()));
        }
        if (view.cached() != null) {
            out.println("cache    " + view.cached().status() + ", "
                    + view.cached().age() + " s old, " + goodFor(view.cached()));
        }
        if (view.set() != null) {
            out.println("sets     its addresses go straight out, by the sets route_" + view.set() + "4 and 6");
        }
    }

    private static String what(DnsView view) {
        return switch (view.answer()) {
            case "fake" -> "a fake IP" + (view.addresses().isEmpty() ? ", at the first question" : "");
            case "refused" -> "REFUSED";
            case "loopback" -> "this machine's own address";
            case "empty" -> "an answer without records";
            case "nonexistent" -> "NXDOMAIN: there is no such name";
            default ->
                view.cached() == null
                        ? "what the servers answer"
                        : view.cached().left() > 0
                                ? "what is remembered"
                                : "what the servers answer, else what is remembered";
        };
    }

    private static String goodFor(DnsCacheView.AnswerView answer) {
        return answer.left() > 0 ? "good for " + answer.left() + " s" : "stale";
    }

    static void print(DnsCacheView view, PrintWriter out) {
        var answers = new Columns("NAME", "TYPE", "STATUS", "AGE", "SERVERS");
        for (var answer : view.answers()) {
            answers.row(
                    answer.name(),
                    answer.type(),
                    answer.status(),
                    answer.age() + " s, " + goodFor(answer),
                    String.join(", ", answer.servers()));
        }
        Page.on(out).print(answers);
        out.println(view.answers().size() + " of at most " + view.limit() + " answers, "
                + FlowsCommand.bytes(view.bytes())
                + (view.fakeLimit() == 0 ? "" : "; " + view.fakes() + " of at most " + view.fakeLimit() + " fake IPs"));
    }
}
