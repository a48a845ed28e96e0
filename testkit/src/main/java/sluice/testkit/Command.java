// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program to run in a {@link Namespace} of a {@link Lab}. Immutable: every method that refines it returns a new one.
 * Standard input is empty unless {@link #input} says otherwise; output goes to files of the lab.
 */
public final class Command {
    private enum Entry {
        NONE,
        MOVED,
        BORN
    }

    private final Namespace namespace;
    private final List<String> words;
    private final Entry entry;
    private final @Nullable Path cgroup;
    private final Map<String, String> environment;
    private final String input;
    private final Duration deadline;

    Command(Namespace namespace, List<String> words) {
        this(namespace, words, Entry.NONE, null, Map.of(), "", Duration.ofSeconds(90));
    }

    private Command(
            Namespace namespace,
            List<String> words,
            Entry entry,
            @Nullable Path cgroup,
            Map<String, String> environment,
            String input,
            Duration deadline) {
        this.namespace = namespace;
        this.words = words;
        this.entry = entry;
        this.cgroup = cgroup;
        this.environment = environment;
        this.input = input;
        this.deadline = deadline;
    }

    /** Starts in the cgroup's directory: a shell moves itself there and then becomes the program. */
    public Command in(Path directory) {
        return new Command(namespace, words, Entry.MOVED, directory, environment, input, deadline);
    }

    /** Starts in the cgroup's directory by clone3 with CLONE_INTO_CGROUP: the process has never been anywhere else. */
    public Command bornIn(Path directory) {
        return new Command(namespace, words, Entry.BORN, directory, environment, input, deadline);
    }

    /** Adds a variable to the environment. */
    public Command with(String variable, String value) {
        var all = new LinkedHashMap<>(environment);
        all.put(variable, value);
        return new Command(namespace, words, entry, cgroup, all, input, deadline);
    }

    /** What the program reads from standard input. */
    public Command input(String text) {
        return new Command(namespace, words, entry, cgroup, environment, text, deadline);
    }

    /** How long {@link #run} and {@link #attempt} wait; 30 s unless set. */
    public Command within(Duration limit) {
        return new Command(namespace, words, entry, cgroup, environment, input, limit);
    }

    /**
     * Runs it to its end, which has to be exit status 0.
     *
     * @throws AssertionError if it ends otherwise or not in time; names the command, its output and how to enter the namespace
     */
    public Output run() throws IOException {
        var output = attempt();
        if (!output.succeeded()) {
            throw new AssertionError(this + ": exit status " + output.status() + "\n" + output.err() + output.out());
        }
        return output;
    }

    /** Runs it to its end, however it ends. */
    public Output attempt() throws IOException {
        try (var running = start()) {
            return running.await(deadline);
        }
    }

    /** Starts it in the background; whatever still runs is killed when the lab closes. */
    public Background start() throws IOException {
        var lab = namespace.lab();
        var files = lab.nextFiles(Path.of(words.getFirst()).getFileName().toString());
        var builder = new ProcessBuilder(line())
                .redirectOutput(files.out().toFile())
                .redirectError(files.err().toFile());
        if (input.isEmpty()) {
            builder.redirectInput(Path.of("/dev/null").toFile());
        } else {
            builder.redirectInput(Files.writeString(files.in(), input).toFile());
        }
        builder.environment().putAll(environment);
        return lab.adopt(new Background(this, builder.start(), files.out(), files.err()));
    }

    private List<String> line() throws IOException {
        var line = new ArrayList<>(namespace.prefix());
        if (cgroup != null) {
            switch (entry) {
                case MOVED ->
                    line.addAll(List.of("sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", cgroup.toString()));
                case BORN ->
                    line.addAll(List.of(CProgram.of("born-in").executable().toString(), cgroup.toString()));
                case NONE -> throw new IllegalStateException("a cgroup without a way into it");
            }
        }
        line.addAll(words);
        return line;
    }

    /** Waits without losing the thread's interruption. */
    static boolean ended(Process process, Duration limit) throws IOException {
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var interrupted = new InterruptedIOException("interrupted while waiting for process " + process.pid());
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    @Override
    public String toString() {
        return "[" + namespace.name() + "] " + String.join(" ", words) + (cgroup == null ? "" : " in " + cgroup)
                + " (enter with: " + namespace.enterLine() + ")";
    }
}
