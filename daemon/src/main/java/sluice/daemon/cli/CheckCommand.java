// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.PositionalParamSpec;
import sluice.cgroup.CgroupMount;
import sluice.daemon.ConfigurationSource;
import sluice.daemon.KernelCheck;
import sluice.daemon.LoopbackProxies;
import sluice.daemon.neighbours.Surroundings;
import sluice.linux.Capabilities;
import sluice.linux.Capability;
import sluice.linux.FileStatus;
import sluice.linux.SystemCallException;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Target;
import sluice.rules.Tproxy;

/** {@code sluice check}: silent when everything is fine. */
final class CheckCommand extends Subcommand {
    /** Parts that can be checked alone. */
    enum Part {
        config,
        permission,
        kernel
    }

    private static final int DNS = 53;
    private static final int READABLE_BY_ALL = 0004;

    private final ConfigurationOption configuration = new ConfigurationOption(spec());

    private final PositionalParamSpec part = PositionalParamSpec.builder()
            .arity("0..1")
            .paramLabel("PART")
            .type(Part.class)
            .description("Only this: ${COMPLETION-CANDIDATES}.")
            .build();

    CheckCommand() {
        super("Checks the configuration file, the permissions and what the kernel can do (in a network namespace of"
                + " its own); prints nothing when all is fine.");
        spec().addPositional(part);
    }

    @Override
    public Integer call() throws IOException, InvalidConfigurationException {
        var err = err();
        @Nullable Part only = part.getValue();
        if (only == null || only == Part.config) {
            configuration(err);
        }
        int code = only == null || only == Part.permission ? permission(err) : ExitCode.FINE;
        // Without the permission the kernel refuses everything, whatever it could do.
        if (code == ExitCode.FINE && (only == null || only == Part.kernel)) {
            return kernel(err);
        }
        return code;
    }

    private int kernel(PrintWriter err) throws IOException {
        KernelCheck.run();
        var obstacles = Surroundings.read(marks()).obstacles();
        obstacles.forEach(obstacle -> err.println("sluice: " + obstacle));
        return obstacles.isEmpty() ? ExitCode.FINE : ExitCode.NOT_POSSIBLE;
    }

    /** Packet marks by the name of their tproxy; none where the file has mistakes, which the check of the configuration tells. */
    private Map<String, Integer> marks() {
        try {
            return configuration.source().load().configuration().tproxies().values().stream()
                    .collect(Collectors.toMap(Tproxy::name, Tproxy::mark));
        } catch (IOException | InvalidConfigurationException e) {
            return Map.of();
        }
    }

    private void configuration(PrintWriter err) throws IOException, InvalidConfigurationException {
        var loaded = configuration.source().load();
        loaded.warnings().forEach(err::println);
        warnOfReadablePasswords(loaded, err);
        var root = loaded.configuration().cgroupRoot();
        if (root.isPresent()) {
            CgroupMount.rootAt(root.get());
        }
        var proxies = new LoopbackProxies(loaded.configuration().outbounds());
        if (proxies.exist()) {
            var explanation = FileExplanation.of(loaded.configuration());
            try (var diagnostics = SocketDiagnostics.open()) {
                proxies.sentToThemselves(explanation.root(), explanation::sent, diagnostics.listeners(0))
                        .forEach(err::println);
            }
        }
        if (NameEscapes.matter(loaded.configuration())) {
            new NameEscapes(Path.of("/")).find().forEach(err::println);
            try (var diagnostics = SocketDiagnostics.open()) {
                new MachineResolver(FileExplanation.of(loaded.configuration()))
                        .proxied(diagnostics.listeners(DNS))
                        .forEach(err::println);
            }
        }
    }

    private static void warnOfReadablePasswords(ConfigurationSource.Loaded loaded, PrintWriter err)
            throws SystemCallException {
        var file = loaded.file().path();
        if (file == null || !loaded.configuration().hasSecrets()) {
            return;
        }
        var status = FileStatus.of(file.toString());
        if (status.isPresent() && (status.get().mode() & READABLE_BY_ALL) != 0) {
            err.println(file
                    + ": warning: it has passwords in it, and every user of this machine can read it; write chmod o= "
                    + file);
        }
    }

    private int permission(PrintWriter err) throws IOException, InvalidConfigurationException {
        var effective = Capabilities.effective();
        if (!effective.contains(Capability.CAP_NET_ADMIN)) {
            err.println(
                    "sluice: the capability CAP_NET_ADMIN is missing, without which the kernel takes no nftables and no"
                            + " policy rules; start as root, or from a unit with AmbientCapabilities=CAP_NET_ADMIN");
            return ExitCode.NOT_POSSIBLE;
        }
        if (!effective.contains(Capability.CAP_NET_BIND_SERVICE) && usesEngine()) {
            err.println(
                    "sluice: the capability CAP_NET_BIND_SERVICE is missing, without which the engine cannot answer in"
                            + " place of servers on ports below 1024; start as root, or from a unit with"
                            + " AmbientCapabilities=CAP_NET_ADMIN CAP_NET_BIND_SERVICE");
            return ExitCode.NOT_POSSIBLE;
        }
        return ExitCode.FINE;
    }

    private boolean usesEngine() throws IOException, InvalidConfigurationException {
        var rules = configuration.source().load().configuration().rules();
        return rules.stream().anyMatch(rule -> rule.target() instanceof Target.Proxy);
    }
}
