// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers as {@link ControlServer} does not send them, or not at will. */
@Timeout(200)
class ControlClientTest {
    private static final String BODY = "{\"error\":{\"code\":\"not-found\",\"message\":\"none\",\"hint\":\"\"}}";
    private static final String HEAD = "HTTP/1.1 404 Not Found\r\nContent-Length: " + BODY.length() + "\r\n\r\n";

    @TempDir
    Path directory;

    @Test
    void anAnswerThatComesBeforeTheRequestHasBeenReadIsTaken() {
        assertThatThrownBy(() -> answered(HEAD + BODY))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(Refusal.NOT_FOUND));
    }

    @Test
    void anAnswerThatEndsTooEarlyIsNone() {
        assertThatThrownBy(() -> answered("")).isInstanceOf(IOException.class).hasMessageContaining("after 0 bytes");
        var half = HEAD + BODY.substring(0, 20);
        assertThatThrownBy(() -> answered(half))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("after " + half.length() + " bytes");
        assertThatThrownBy(() -> answered("SSH-2.0-OpenSSH\r\n\r\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("HTTP/1.1");
    }

    /** Asks a server that reads one byte, sends this, and closes: the client's end is a reset. */
    private void answered(String text) throws Exception {
        var path = directory.resolve("control.sock");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                var threads =
                        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            server.bind(UnixDomainSocketAddress.of(path));
            Callable<Integer> serving = () -> {
                try (var connection = server.accept()) {
                    var _ = connection.read(ByteBuffer.allocate(1));
                    return connection.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
                }
            };
            var served = threads.submit(serving);
            try {
                new ControlClient(path, Duration.ofSeconds(30)).status();
            } finally {
                assertThat(served.get()).isEqualTo(text.length());
                Files.delete(path);
            }
        }
    }
}
