// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Command;
import sluice.testkit.Lab;
import sluice.testkit.Output;

/**
 * The real daemon, from the program as it is installed, in {@link Lab#here}. Its /run/sluice (lock and control socket) is a
 * directory of the lab, by a mount namespace of its own, so that daemons of one lab see each other and no others. Any thread.
 */
final class SluiceDaemon implements AutoCloseable {
    /** The line of the log that ends a start. */
    static final String READY = "rules are in force";

    private static final Duration START = Await.SOON;
    private static final Duration STOP = Await.SOON;

    private final Lab lab;
    private final Path file;
    private final Background process;

    private SluiceDaemon(Lab lab, Path file, Background process) {
        this.lab = lab;
        this.file = file;
        this.process = process;
    }

    /** The launcher of the built program. */
    static String program() {
        return Objects.requireNonNull(System.getProperty("sluice.program"), "system property sluice.program");
    }

    /**
     * Starts it and waits until its rules are in force.
     *
     * @param configuration all but {@code version} and {@code cgroup-root}
     */
    static SluiceDaemon start(Lab lab, CgroupSandbox cgroups, String configuration) throws IOException {
        return launch(lab, write(lab, cgroups, configuration)).awaitReady();
    }

    /** Writes a configuration file with version and cgroup-root in front, in place of an earlier one. */
    static Path write(Lab lab, CgroupSandbox cgroups, String configuration) throws IOException {
        return lab.file("config.yaml", "version: 1\ncgroup-root: " + cgroups.root() + "\n" + configuration);
    }

    /** Starts it on a file as it is, and does not wait. */
    static SluiceDaemon launch(Lab lab, Path file) throws IOException {
        return launch(lab, file, Map.of(), List.of());
    }

    /**
     * As {@link #launch(Lab, Path)}, in a certain environment.
     *
     * @param wrapper words in front of the launcher, such as {@code setpriv --bounding-set …}; has to become it by execve
     */
    static SluiceDaemon launch(Lab lab, Path file, Map<String, String> environment, List<String> wrapper)
            throws IOException {
        var words = new ArrayList<>(wrapper);
        words.addAll(List.of(program(), "daemon", "-c", file.toString()));
        // What one test's daemon remembers is none of the next one's business, and none of the machine's.
        var command = privately(lab, words)
                .with("STATE_DIRECTORY", lab.directory().resolve("state").toString());
        for (var variable : environment.entrySet()) {
            command = command.with(variable.getKey(), variable.getValue());
        }
        return new SluiceDaemon(lab, file, command.start());
    }

    /** The directory that the daemons and commands of a lab see as /run/sluice. */
    static Path runDirectory(Lab lab) throws IOException {
        return Files.createDirectories(lab.directory().resolve("run"));
    }

    /** A command that sees {@link #runDirectory} as /run/sluice, in a mount namespace of its own. */
    static Command privately(Lab lab, List<String> words) throws IOException {
        var line = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "--",
                "sh",
                "-c",
                "mkdir -p /run/sluice && mount --bind \"$0\" /run/sluice && exec \"$@\"",
                runDirectory(lab).toString()));
        line.addAll(words);
        return lab.here().command(line.toArray(String[]::new));
    }

    /**
     * The launcher of a copy of the program that every user may run, for {@link #privately}: the repository may lie below somebody's home, or have been made
     * with another umask.
     */
    static String programForEverybody(Lab lab) throws IOException {
        lab.here()
                .run(
                        "sh",
                        "-euc",
                        "[ -d \"$1/program\" ] || cp -R \"$0\" \"$1/program\"; chmod -R go+rX \"$1/program\"; chmod go+rx \"$1\"",
                        Path.of(program()).resolve("../..").normalize().toString(),
                        runDirectory(lab).toString());
        return "/run/sluice/program/bin/sluice";
    }

    /** Returns once its rules are in force; fails at once when it ends before. */
    SluiceDaemon awaitReady() {
        process.awaitOutput(READY, START);
        return this;
    }

    /** Returns once the log has this text. */
    SluiceDaemon awaitLog(String text, Duration limit) {
        process.awaitOutput(text, limit);
        return this;
    }

    /** What it has logged, and printed, so far. */
    String log() throws IOException {
        return process.err() + process.out();
    }

    /** The configuration file. */
    Path file() {
        return file;
    }

    /** Its process id. */
    long pid() {
        return process.process().pid();
    }

    /** Whether it runs. */
    boolean alive() {
        return process.alive();
    }

    /** A command of the CLI, where the daemon's control socket is the default one. */
    static Command command(Lab lab, String... arguments) throws IOException {
        var words = new ArrayList<>(List.of(program()));
        words.addAll(List.of(arguments));
        return privately(lab, words);
    }

    /** Runs a command of the CLI that has to succeed. */
    Output cli(String... arguments) throws IOException {
        return command(lab, arguments).run();
    }

    /** Starts a command of the CLI that goes on until it is closed. */
    Background watch(String... arguments) throws IOException {
        return command(lab, arguments).start();
    }

    /** Runs a command of the CLI with {@code --json}, and reads its answer. */
    Map<String, Object> json(String... arguments) throws IOException {
        var words = new ArrayList<>(List.of(arguments));
        words.add("--json");
        return JSON.std.mapFrom(cli(words.toArray(String[]::new)).out());
    }

    /** Puts another configuration in force through {@code sluice reload}. */
    Output reload(CgroupSandbox cgroups, String configuration) throws IOException {
        write(lab, cgroups, configuration);
        return cli("reload");
    }

    /** Stops it in its tracks (SIGSTOP), as a machine under load may; the kernel goes on with the rules it has. */
    void pause() throws IOException {
        signal("STOP");
    }

    /** Lets it go on. */
    void resume() throws IOException {
        signal("CONT");
    }

    /** Sends it a signal, by its name without SIG. */
    void signal(String name) throws IOException {
        lab.here().run("sh", "-c", "kill -" + name + " " + pid());
    }

    /** Sends SIGTERM and waits for the end. */
    int stop() throws IOException {
        process.process().destroy();
        return process.await(STOP).status();
    }

    /** Sends SIGKILL and waits for the end; the kernel keeps what the daemon put there. */
    void kill9() throws InterruptedException {
        if (!process.process().destroyForcibly().waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("pid " + pid() + " survives SIGKILL");
        }
    }

    /** Waits for an end that comes by itself. */
    Output await(Duration limit) throws IOException {
        return process.await(limit);
    }

    /** Ends it if it still runs. What it leaves in the kernel goes when the lab closes. */
    @Override
    public void close() {
        process.close();
    }
}
