// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.CProgram;
import sluice.testkit.Lab;

/**
 * The built program running as a daemon in a lab, started by src/main/c/start-probe.c, which plays the service manager. Closing it
 * ends it with SIGTERM.
 */
public final class StartedDaemon implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("pid (\\d+) ready_ms ([\\d.]+)");

    private final Background probe;
    private final long pid;
    private final double readyMillis;

    private StartedDaemon(Background probe, long pid, double readyMillis) {
        this.probe = probe;
        this.pid = pid;
        this.readyMillis = readyMillis;
    }

    /** Starts {@code PROGRAM daemon -c FILE} and returns once it has said READY=1. */
    public static StartedDaemon start(Lab lab, Path program, Path configuration) throws IOException {
        var starter =
                CProgram.of(StartedDaemon.class, "start-probe").executable().toString();
        var probe = lab.here()
                .command(starter, program.toString(), "daemon", "-c", configuration.toString())
                .start();
        probe.awaitOutput("ready_ms", Duration.ofSeconds(60));
        var ready = READY.matcher(probe.out());
        if (!ready.find()) {
            throw new IOException("start " + program + ": " + probe.out() + probe.err());
        }
        return new StartedDaemon(probe, Long.parseLong(ready.group(1)), Double.parseDouble(ready.group(2)));
    }

    /** The daemon's process. */
    public long pid() {
        return pid;
    }

    /** Milliseconds from before fork(2) until READY=1. */
    public double readyMillis() {
        return readyMillis;
    }

    /** A field of /proc/PID/status that is given in kB, such as VmRSS or RssAnon, in MiB. */
    public double memoryMebibytes(String field) throws IOException {
        var status = Files.readString(Path.of("/proc/" + pid + "/status"));
        var line = Pattern.compile("^" + field + ":\\s+(\\d+) kB$", Pattern.MULTILINE)
                .matcher(status);
        if (!line.find()) {
            throw new IOException("read " + field + " of process " + pid + ": not in\n" + status);
        }
        return Long.parseLong(line.group(1)) / 1024.0;
    }

    /** Returns once it has given back what only its start needed, a second after that. */
    public void awaitIdle() throws IOException {
        Await.until(
                "less memory than at the start",
                Await.SOON,
                () -> memoryMebibytes("VmRSS") < memoryMebibytes("VmHWM") - 8);
    }

    @Override
    public void close() {
        probe.close();
    }
}
