// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import sluice.control.ControlServer;
import sluice.control.ControlSocket;
import sluice.rules.InvalidConfigurationException;

/** A daemon as a process: signals, control socket, service manager. Runs on the calling thread until it is told to stop. */
public final class DaemonProcess {
    /** Under this name the service manager keeps the listening control socket across restarts. */
    private static final String CONTROL = "control";

    private final ServiceManager service;
    private final String version;

    private DaemonProcess(ServiceManager service, String version) {
        this.service = service;
        this.version = version;
    }

    /**
     * Runs the daemon.
     *
     * @param source of the configuration
     * @param version Sluice's, for status
     * @throws InvalidConfigurationException if the file has errors
     * @throws IOException if it cannot start, or its kernel state could not be removed at the end
     */
    public static void run(ConfigurationSource source, String version)
            throws IOException, InvalidConfigurationException {
        FatalErrors.endTheProcess();
        try (var service = ServiceManager.fromEnvironment()) {
            new DaemonProcess(service, version).run(source);
        }
    }

    private void run(ConfigurationSource source) throws IOException, InvalidConfigurationException {
        try (var daemon = Daemon.prepare(source, service);
                var termination = Termination.guard(daemon::stop)) {
            if (!termination.isUnderWay()) {
                run(daemon);
            }
        }
    }

    private void run(Daemon daemon) throws IOException {
        var socket = controlSocket(daemon.steering().configuration().api().socket());
        try {
            // Before anything is in force: from then on nobody but us may end the process.
            handleSignals(daemon);
            daemon.putInForce();
            service.dropRest();
            serve(daemon, socket);
        } finally {
            if (service.isPresent()) {
                socket.closeKeepingFile();
            } else {
                socket.close();
            }
        }
    }

    private ControlSocket controlSocket(Path path) throws IOException {
        var inherited = service.take(CONTROL);
        var socket = inherited.isPresent() ? ControlSocket.adopt(path, inherited.get()) : ControlSocket.open(path);
        service.store(CONTROL, socket.listener().descriptor());
        return socket;
    }

    private void serve(Daemon daemon, ControlSocket socket) throws IOException {
        try (var _ = ControlServer.start(socket.listener(), new ControlledDaemon(daemon, version))) {
            service.watchdogPeriod().ifPresent(period -> feedWatchdog(daemon.loop(), period));
            service.ready();
            daemon.run();
            service.stopping();
        }
        daemon.finish();
    }

    private static void handleSignals(Daemon daemon) throws IOException {
        Signals.onEvenIfIgnored("TERM", daemon::stop);
        // A shell without job control has what it starts with & ignore SIGINT, so that Ctrl-C ends only the script.
        Signals.on("INT", daemon::stop);
        // nohup has it ignored.
        Signals.onEvenIfIgnored("HUP", daemon::hangUp);
    }

    private void feedWatchdog(ControlLoop loop, Duration period) {
        service.watchdog();
        loop.after(period, () -> feedWatchdog(loop, period));
    }
}
