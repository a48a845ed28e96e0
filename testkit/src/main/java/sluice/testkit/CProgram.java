// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One of the small C programs of src/main/c, compiled by gcc when first asked for in this JVM, in a temporary directory that is
 * removed at exit. For what a JVM cannot do: be born in a cgroup, or be small enough to measure with. Any thread.
 *
 * @param name       the source's name without {@code .c}
 * @param executable the compiled program
 */
public record CProgram(String name, Path executable) {
    private static final Map<String, CProgram> COMPILED = new ConcurrentHashMap<>();

    /**
     * Returns the program, compiling it if need be.
     *
     * @throws IOException if there is no such source, or gcc refuses it; its words are in the message
     */
    public static CProgram of(String name) throws IOException {
        var known = COMPILED.get(name);
        if (known != null) {
            return known;
        }
        synchronized (COMPILED) {
            known = COMPILED.get(name);
            if (known == null) {
                known = compile(name);
                COMPILED.put(name, known);
            }
            return known;
        }
    }

    private static CProgram compile(String name) throws IOException {
        var directory = Files.createTempDirectory("sluice-c-");
        directory.toFile().deleteOnExit();
        var source = directory.resolve(name + ".c");
        try (var in = CProgram.class.getResourceAsStream("c/" + name + ".c")) {
            if (in == null) {
                throw new IOException("compile " + name + ".c: no such program in testkit's src/main/c");
            }
            Files.copy(in, source);
        }
        return compile(source, directory.resolve(name));
    }

    /** Compiles a source of one file into an executable; both are removed when the JVM exits. */
    public static CProgram compile(Path source, Path executable) throws IOException {
        source.toFile().deleteOnExit();
        executable.toFile().deleteOnExit();
        var gcc = new ProcessBuilder(
                        "gcc",
                        "-std=gnu11",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-o",
                        executable.toString(),
                        source.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        var words = new String(gcc.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!Command.ended(gcc, Duration.ofSeconds(60)) || gcc.exitValue() != 0) {
            throw new IOException("compile " + source + ":\n" + words);
        }
        return new CProgram(executable.getFileName().toString(), executable);
    }
}
