// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(200)
class FatalErrorsTest {
    /** Has a thread of the kind that the argument says fail, and goes on for as long as it is let. */
    static final class Victim {
        public static void main(String[] arguments) throws Exception {
            FatalErrors.endTheProcess();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("undone")));
            var thread = arguments[0].startsWith("virtual") ? Thread.ofVirtual() : Thread.ofPlatform();
            thread.name("a-thread")
                    .start(() -> fail(arguments[0].endsWith("error")))
                    .join();
            System.out.println("alive");
        }

        private static void fail(boolean isError) {
            if (isError) {
                throw new OutOfMemoryError("for the test");
            }
            throw new IllegalStateException("for the test");
        }
    }

    @Test
    void theProcessEndsWithAThreadOfItsAndUndoesNothing() throws Exception {
        assertThat(run("platform exception")).isEqualTo(new Result(1, ""));
        assertThat(run("platform error")).isEqualTo(new Result(1, ""));
        assertThat(run("virtual error")).isEqualTo(new Result(1, ""));
    }

    @Test
    void oneConversationThatFailsLeavesTheOthersAlone() throws Exception {
        assertThat(run("virtual exception")).isEqualTo(new Result(0, "alive\nundone\n"));
    }

    private record Result(int status, String out) {}

    private static Result run(String kind) throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(
                        java, "-cp", System.getProperty("java.class.path"), Victim.class.getName(), kind)
                .redirectErrorStream(false)
                .start();
        process.getOutputStream().close();
        var errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(errors).contains("a-thread failed", "for the test");
        return new Result(process.waitFor(), out);
    }
}
