// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(200)
class TerminationTest {
    /** Holds something in force, a file, until it is told to stop. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            var file = Path.of(arguments[0]);
            var stopped = new CountDownLatch(1);
            try (var termination = Termination.guard(stopped::countDown)) {
                Files.createFile(file);
                System.out.println("in force " + !termination.isUnderWay());
                stopped.await();
                Files.delete(file);
            }
            // Whoever ends the JVM is the one who was asked to.
            new CountDownLatch(1).await();
        }
    }

    /** Begins when the JVM is ending already. */
    static final class Latecomer {
        public static void main(String[] arguments) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try (var termination = Termination.guard(() -> {})) {
                    System.out.println("under way " + termination.isUnderWay());
                }
            }));
        }
    }

    @Test
    void anEndBySignalWaitsUntilAllIsUndone(@TempDir Path directory) throws Exception {
        var file = directory.resolve("in-force");
        var process = start(Holder.class, file.toString());
        try (var out = process.inputReader()) {
            assertThat(out.readLine()).isEqualTo("in force true");
            process.destroy();
            assertThat(process.waitFor()).isEqualTo(128 + 15);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void anEndThatHasBegunIsNoticed() throws Exception {
        var process = start(Latecomer.class);
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(out).isEqualTo("under way true\n");
    }

    private static Process start(Class<?> main, String... arguments) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var builder = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), main.getName());
        builder.command().addAll(List.of(arguments));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
