// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sluice.control.ControlServer;
import sluice.control.ControlSocket;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.UserLookup;

/** A daemon as a process: signals, control socket, service manager. Runs on the calling thread until it is told to stop. */
public final class DaemonProcess {
    private DaemonProcess() {}

    /**
     * Runs the daemon.
     *
     * @param file the configuration file, or null for "everything direct"
     * @param version Sluice's, for status
     * @throws InvalidConfigurationException if the file has errors
     * @throws IOException if it cannot start, or its kernel state could not be removed at the end
     */
    public static void run(@Nullable Path file, String version) throws IOException, InvalidConfigurationException {
        ServiceState service = ServiceState.NONE;
        var source = new ConfigurationSource(file, new ConfigurationReader(users()));
        try (var daemon = Daemon.prepare(source, service);
                var socket = ControlSocket.open(
                        daemon.steering().configuration().api().socket())) {
            daemon.putInForce();
            try (var _ = ControlServer.start(socket.listener(), new ControlledDaemon(daemon, version))) {
                handleSignals(daemon);
                service.ready();
                daemon.run();
                service.stopping();
            }
            daemon.finish();
        }
    }

    private static UserLookup users() throws IOException {
        try {
            return UserLookup.passwd(Files.readString(Path.of("/etc/passwd")));
        } catch (NoSuchFileException e) {
            return UserLookup.passwd("");
        }
    }

    private static void handleSignals(Daemon daemon) {
        Signals.on("TERM", daemon::stop);
        Signals.on("INT", daemon::stop);
        Signals.on("HUP", () -> {
            var _ = daemon.loop().submit(() -> {
                daemon.reloadOrKeep();
                return true;
            });
        });
    }
}
