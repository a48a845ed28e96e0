// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.linux.KernelString;
import sluice.testkit.Await;

@Timeout(200)
class ControlServerTest {
    @TempDir
    Path directory;

    private final RecordingDaemon daemon = new RecordingDaemon();
    private ControlSocket socket;
    private ControlServer server;
    private ControlClient client;

    @BeforeEach
    void start() throws Exception {
        socket = ControlSocket.open(directory.resolve("control.sock"));
        server = ControlServer.start(socket.listener(), daemon);
        client = new ControlClient(socket.path(), Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        socket.close();
    }

    @Test
    void viewsArriveAsTheyWereGiven() throws Exception {
        assertThat(client.status()).isEqualTo(RecordingDaemon.STATUS);
        assertThat(client.tree()).isEqualTo(daemon.tree());
        assertThat(client.flows(-1)).isEqualTo(daemon.flows(-1));
        assertThat(client.dns("example.org", "AAAA", null)).isEqualTo(RecordingDaemon.ANSWER);
        assertThat(client.dnsCache()).isEqualTo(daemon.dnsCache());
        assertThat(client.flush(FlushRequest.What.fakes)).isEqualTo(new FlushView(FlushRequest.What.fakes, 5));
    }

    @Test
    void pathsArriveWithAllTheirCharacters() throws Exception {
        var path = "/user.slice/a b&c=d%2f+\\x2d-ü.scope";
        assertThat(client.explain(path).path()).isEqualTo(path);
        var bytes = KernelString.decode(new byte[] {'/', (byte) 0xff, (byte) 0xc3, 'a'});
        assertThat(client.explain(bytes).path()).isEqualTo(bytes);
        client.dns("a&b=c.example", "TYPE65", path);
        assertThat(daemon.asked).contains("dns a&b=c.example TYPE65 " + path);
    }

    @Test
    void aRefusalArrivesWithItsReasonAndHint() {
        assertThatThrownBy(() -> client.explain("/missing")).isInstanceOfSatisfying(RefusedException.class, e -> {
            assertThat(e.refusal()).isEqualTo(Refusal.NOT_FOUND);
            assertThat(e.reason()).isEqualTo("there is no cgroup /missing");
            assertThat(e.hint()).isEqualTo("see sluice tree");
        });
    }

    @Test
    void theDaemonsOwnUserRunsProgramsUnderItsPid() throws Exception {
        assertThat(client.run(new RunRequest(RunRequest.Kind.tproxy, "mihomo")).cgroup())
                .isEqualTo("/sluice/run-1");
        assertThat(daemon.asked)
                .containsExactly(
                        "run tproxy mihomo for " + ProcessHandle.current().pid());
    }

    @Test
    void aFailureInsideTheDaemonIsReportedToBothSides() {
        assertThatThrownBy(client::reload)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(Refusal.FAILED));
        assertThat(daemon.failures).singleElement().satisfies(e -> assertThat(e).hasMessage("broken on purpose"));
    }

    @Test
    void aReloadIsWaitedForAsLongAsItTakes() throws Exception {
        var gate = new CountDownLatch(1);
        daemon.gate = gate;
        var impatient = new ControlClient(socket.path(), Duration.ofMillis(1));
        assertThatThrownBy(impatient::status).hasMessageContaining("none within");
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var answer = threads.submit(impatient::reload);
            Await.until("the request", SOON, () -> daemon.asked.contains("reload"));
            gate.countDown();
            assertThat(answer.get().changed()).isEqualTo(3);
        }
    }

    @Test
    void closingLetsOpenRequestsBeAnswered() throws Exception {
        var gate = new CountDownLatch(1);
        daemon.gate = gate;
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var answer = threads.submit(client::status);
            Await.until("the request", SOON, () -> daemon.asked.contains("status"));
            var closing = Thread.ofPlatform().start(server::close);
            Await.until("the wait for it", SOON, () -> closing.getState() == Thread.State.TIMED_WAITING);
            gate.countDown();
            assertThat(answer.get()).isEqualTo(RecordingDaemon.STATUS);
            assertThat(closing.join(Await.SOON))
                    .as("closed, with nothing left to wait for")
                    .isTrue();
        }
    }

    @Test
    void closingEndsRequestsThatTakeTooLong() throws Exception {
        var gate = new CountDownLatch(1);
        daemon.gate = gate;
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var answer = threads.submit(client::status);
            Await.until("the request", SOON, () -> daemon.asked.contains("status"));
            server.close();
            assertThatThrownBy(answer::get).hasCauseInstanceOf(IOException.class);
        } finally {
            gate.countDown();
        }
    }

    @Test
    void aStoppedDaemonIsNoDaemon() throws Exception {
        stop();
        assertThatThrownBy(client::status)
                .isInstanceOf(NoDaemonException.class)
                .hasMessageContaining(socket.path().toString());
    }
}
