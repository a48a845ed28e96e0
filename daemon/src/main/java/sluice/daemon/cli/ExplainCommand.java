// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.PositionalParamSpec;
import sluice.control.ControlJson;
import sluice.control.ExplainView;
import sluice.control.NoDaemonException;
import sluice.control.RefusedException;
import sluice.daemon.ConfigurationFile;
import sluice.linux.KernelString;
import sluice.rules.InvalidConfigurationException;

/** {@code sluice explain}: from the daemon, or from a file where there is none or one is named. */
final class ExplainCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());
    private final ConfigurationOption configuration = new ConfigurationOption(spec());
    private final JsonOption json = new JsonOption(spec());

    private final PositionalParamSpec cgroup = PositionalParamSpec.builder()
            .required(true)
            .paramLabel("PATH|PID|UNIT")
            .type(String.class)
            .description("A cgroup's path, a process in it, or a systemd unit.")
            .build();

    ExplainCommand() {
        super(
                "Shows why the traffic of a cgroup goes where it goes.",
                "With --config it shows what that file would do; without a daemon, what the default file says.");
        spec().addPositional(cgroup);
    }

    @Override
    public Integer call() throws IOException, RefusedException, InvalidConfigurationException {
        var path = CgroupArgument.resolve(cgroup.getValue());
        var inForce = ask(path);
        ExplainView shown;
        if (inForce == null || configuration.isNamed()) {
            shown = fromFile(path, inForce);
        } else {
            shown = inForce;
        }
        var out = out();
        if (json.wanted()) {
            out.println(ControlJson.text(shown));
        } else {
            print(shown, out);
        }
        return ExitCode.FINE;
    }

    private @Nullable ExplainView ask(String path) throws IOException, RefusedException {
        try {
            return socket.client().explain(path);
        } catch (NoDaemonException e) {
            return null;
        } catch (IOException | RefusedException e) {
            if (configuration.isNamed()) {
                err().println("sluice: from the file alone: " + e.getMessage());
                return null;
            }
            throw e;
        }
    }

    private ExplainView fromFile(String path, @Nullable ExplainView inForce)
            throws IOException, InvalidConfigurationException {
        var loaded = configuration.source().load();
        var file = loaded.file();
        var view = FileExplanation.of(loaded.configuration()).explain(path);
        var notes = new ArrayList<>(view.notes());
        if (!file.note().isEmpty()) {
            notes.add(file.note());
        }
        notes.add(
                inForce == null
                        ? "no daemon is running: this is what " + name(file) + " says"
                        : change(view, inForce, file));
        return new ExplainView(
                view.path(),
                view.id(),
                view.decision(),
                view.matches(),
                inForce == null ? view.kernel() : inForce.kernel(),
                notes);
    }

    private static String name(ConfigurationFile file) {
        return file.path() == null ? "no configuration" : file.path().toString();
    }

    private static String change(ExplainView view, ExplainView inForce, ConfigurationFile file) {
        var now = target(inForce);
        var then = target(view);
        return Objects.equals(now, then)
                ? "with " + name(file) + " it stays " + now
                : "with " + name(file) + " it becomes " + then + "; in force is " + now;
    }

    private static String target(ExplainView view) {
        return view.decision() == null ? "untouched" : view.decision().target();
    }

    static void print(ExplainView view, PrintWriter out) {
        out.println(Terminal.bold(KernelString.printable(view.path())) + (view.id() == 0 ? "" : "  id " + view.id()));
        var decision = view.decision();
        if (decision == null) {
            out.println("goes direct, untouched: no rule matches it or a cgroup above it");
        } else {
            out.println("gets " + Terminal.bold(decision.target()) + " from "
                    + (decision.line() == 0 ? "" : "line " + decision.line() + ", ")
                    + decision.condition()
                    + (decision.inheritedFrom() == null
                            ? ""
                            : ", inherited from " + KernelString.printable(decision.inheritedFrom())));
        }
        if (!view.matches().isEmpty()) {
            out.println();
            var path = new Columns("CGROUP", "LINE", "TARGET", "CONDITION");
            for (var match : view.matches()) {
                path.row(
                        match.path(),
                        match.line() == 0 ? "-" : match.line(),
                        Objects.requireNonNullElse(match.target(), "-"),
                        Objects.requireNonNullElse(match.condition(), "no rule"));
            }
            Page.on(out).print(path);
        }
        if (!view.kernel().isEmpty()) {
            out.println();
            view.kernel().forEach(line -> out.println("kernel: " + line));
        }
        view.notes().forEach(note -> out.println(Terminal.faint(note)));
    }
}
