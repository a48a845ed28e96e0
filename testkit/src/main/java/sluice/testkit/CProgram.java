// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One of the small C programs of src/main/c, compiled by gcc when first asked for in this JVM, in a temporary directory that is
 * removed at exit. For what a JVM cannot do: be born in a cgroup, or be small enough to measure with. Any thread.
 *
 * @param name       the source's name without {@code .c}
 * @param executable the compiled program
 */
public record CProgram(String name, Path executable) {
    private static final Map<String, CProgram> COMPILED = new HashMap<>();

    /** The testkit's own program of that name. */
    public static CProgram of(String name) throws IOException {
        return of(CProgram.class, name);
    }

    /**
     * Returns the program whose source is the resource {@code c/NAME.c} beside a class, compiling it if need be.
     *
     * @throws IOException if there is no such source, or gcc refuses it; its words are in the message
     */
    public static CProgram of(Class<?> owner, String name) throws IOException {
        return of(owner, name, "gcc");
    }

    /** As {@link #of(Class, String)}, with the C library musl instead of the system's. */
    public static CProgram withMusl(Class<?> owner, String name) throws IOException {
        return of(owner, name, "musl-gcc");
    }

    private static CProgram of(Class<?> owner, String name, String compiler) throws IOException {
        synchronized (COMPILED) {
            var key = compiler + " " + owner.getPackageName() + "/" + name;
            var known = COMPILED.get(key);
            if (known == null) {
                known = compile(owner, name, compiler);
                COMPILED.put(key, known);
            }
            return known;
        }
    }

    private static CProgram compile(Class<?> owner, String name, String compiler) throws IOException {
        var directory = Files.createTempDirectory("sluice-c-");
        var source = directory.resolve(name + ".c");
        var executable = directory.resolve(name);
        // Undone in the reverse order.
        for (var path : List.of(directory, source, executable)) {
            path.toFile().deleteOnExit();
        }
        try (var in = owner.getResourceAsStream("c/" + name + ".c")) {
            if (in == null) {
                throw new IOException("compile " + name + ".c: no such resource in c/ beside " + owner.getName());
            }
            Files.copy(in, source);
        }
        var gcc = new ProcessBuilder(
                        compiler,
                        "-std=gnu11",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-pthread",
                        "-o",
                        executable.toString(),
                        source.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        var words = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!Command.ended(gcc, Duration.ofSeconds(60)) || gcc.exitValue() != 0) {
            throw new IOException("compile " + source + ":\n" + words);
        }
        return new CProgram(name, executable);
    }
}
