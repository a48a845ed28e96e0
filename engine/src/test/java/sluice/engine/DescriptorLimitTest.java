// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.Await;

@Timeout(200)
class DescriptorLimitTest {
    private static final int LIMIT = 400;
    private static final int FLOWS = (LIMIT - LIMIT / 4) / 2;
    /** Half, and an eighth: the clients are one application. */
    private static final int OF_ONE = FLOWS / 2 + FLOWS / 8;

    private final ServerSocket server = new ServerSocket(0, 1024, Rig.LOOPBACK);
    private final List<Socket> sockets = new ArrayList<>();
    private final Process process;
    private final BufferedReader answers;
    private final PrintStream commands;
    private final int port;

    DescriptorLimitTest() throws IOException {
        process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n " + LIMIT + " && exec \"$0\" \"$@\"",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:-MaxFDLimit",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoneEngine.class.getName(),
                        String.valueOf(server.getLocalPort()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader(StandardCharsets.US_ASCII);
        commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        port = Integer.parseInt(answers.readLine());
    }

    @AfterEach
    void close() throws Exception {
        process.destroyForcibly().waitFor();
        for (var socket : sockets) {
            socket.close();
        }
        server.close();
    }

    @Test
    void withoutADescriptorClientsAreResetAndLaterOnesServed() throws Exception {
        connected();
        assertThat(Integer.parseInt(ask("hoard"))).isPositive();
        long before = cpuTicks();
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> connect().getInputStream().read()).isInstanceOf(SocketException.class);
        }
        Await.until("refusals", Rig.SOON, () -> ask("refused").equals("100"));
        // Neither spins while there is nobody to refuse: a second at most, of which most is a JVM that warms up.
        assertThat(cpuTicks() - before).isLessThan(100);
        assertThat(ask("release")).isEqualTo("released");
        connected();
    }

    @Test
    void flowsAreLimitedToWhatTheOpenFilesAllow() throws Exception {
        assertThat(ask("limit")).isEqualTo(String.valueOf(FLOWS));
        for (int i = 0; i < OF_ONE; i++) {
            connected();
        }
        assertThatThrownBy(() -> connect().getInputStream().read()).isInstanceOf(SocketException.class);
        for (var socket : List.copyOf(sockets)) {
            socket.close();
        }
        Await.until("all ended", Rig.SOON, () -> ask("active").equals("0"));
        connected();
    }

    @Test
    void aReloadThatFindsTooFewDescriptorsChangesNothing() throws Exception {
        // The first time classes are loaded.
        assertThat(ask("apply 0 direct,block")).isEqualTo("applied");
        assertThat(ask("apply 0 direct")).isEqualTo("applied");
        ask("hoard");
        int free = 0;
        while (!ask("apply 7 direct,block").equals("applied")) {
            assertThat(ask("apply 7 direct,block")).isEqualTo("[direct]");
            assertThat(ask("limit")).isEqualTo(String.valueOf(FLOWS));
            assertThat(ask("hoard")).isEqualTo(String.valueOf(free));
            free++;
            assertThat(ask("release " + free)).isEqualTo("released");
        }
        assertThat(free).isPositive();
        assertThat(ask("limit")).isEqualTo("7");
    }

    private String ask(String command) throws IOException {
        commands.println(command);
        return answers.readLine();
    }

    private Socket connect() throws IOException {
        var socket = new Socket();
        sockets.add(socket);
        socket.setSoTimeout((int) Rig.SOON.toMillis());
        socket.connect(new InetSocketAddress(Rig.LOOPBACK, port), (int) Rig.SOON.toMillis());
        return socket;
    }

    /** A flow on which a byte has gone to and fro. */
    private void connected() throws IOException {
        var client = connect();
        client.getOutputStream().write('x');
        var upstream = server.accept();
        sockets.add(upstream);
        assertThat(upstream.getInputStream().read()).isEqualTo('x');
        upstream.getOutputStream().write('y');
        assertThat(client.getInputStream().read()).isEqualTo('y');
    }

    /** User and system time of the engine's process, in hundredths of a second. */
    private long cpuTicks() throws IOException {
        var fields =
                Files.readString(Path.of("/proc/" + process.pid() + "/stat")).split(" ");
        return Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
    }
}
