// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs in a lab. Any thread may ask; closing ends it and its descendants, by pid. */
public final class Background implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final Command command;
    private final Process process;
    private final Path out;
    private final Path err;

    Background(Command command, Process process, Path out, Path err) {
        this.command = command;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** The process that was started; with {@link Command#bornIn} that is the parent of the program. */
    public Process process() {
        return process;
    }

    /** Whether it still runs. */
    public boolean alive() {
        return process.isAlive();
    }

    /** What it has written to standard output so far. */
    public String out() throws IOException {
        return new String(Files.readAllBytes(out), StandardCharsets.UTF_8);
    }

    /** What it has written to standard error so far. */
    public String err() throws IOException {
        return new String(Files.readAllBytes(err), StandardCharsets.UTF_8);
    }

    /** The complete lines of standard output so far. */
    public List<String> lines() throws IOException {
        var text = out();
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }

    /** Returns once standard output or standard error contains the text; fails at once when the program ends before. */
    public Background awaitOutput(String text, Duration limit) {
        Await.until(() -> command + " to write \"" + text + "\"; so far:\n" + quietly(), limit, () -> {
            boolean running = alive();
            return out().contains(text) || err().contains(text) || (!running && endedTooEarly());
        });
        return this;
    }

    private boolean endedTooEarly() throws IOException {
        var all = out() + err();
        throw new EndedError(command + ": ended with exit status " + process.exitValue() + "\n" + all);
    }

    private String quietly() {
        try {
            return out() + err();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /**
     * Waits for its end.
     *
     * @throws AssertionError after {@code limit}; the program is killed then
     */
    public Output await(Duration limit) throws IOException {
        if (!Command.ended(process, limit)) {
            close();
            throw new AssertionError(command + ": still running after " + limit + "\n" + err() + out());
        }
        return new Output(process.exitValue(), out(), err());
    }

    /** Ends it with SIGTERM, then SIGKILL where that does not suffice, and waits until it is gone. */
    @Override
    public void close() {
        if (!process.isAlive()) {
            return;
        }
        var descendants = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        for (var descendant : descendants) {
            descendant.destroyForcibly();
        }
    }

    /** Not an AssertionError or Exception, so that awaiting stops at once instead of asking a dead program again. */
    private static final class EndedError extends Error {
        private static final long serialVersionUID = 1;

        EndedError(String message) {
            super(message);
        }
    }
}
