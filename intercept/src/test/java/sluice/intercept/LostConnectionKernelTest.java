// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Probe;
import sluice.testkit.Transport;

/** TCP connections that conntrack loses while they are open. */
@KernelTest
class LostConnectionKernelTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** Others for each test: connections of the one before may still be ending. */
    private static final AtomicInteger PORTS = new AtomicInteger(7000);

    private final int port = PORTS.getAndAdd(10);

    /** How conntrack loses a connection. */
    enum Loss {
        FLUSHED {
            @Override
            void prepare(Namespace here) {}
        },
        /** Segments of connections that conntrack does not know are invalid then. */
        NOT_PICKED_UP {
            @Override
            void prepare(Namespace here) throws IOException {
                here.run("sysctl", "-q", "net.netfilter.nf_conntrack_tcp_loose=0");
            }
        },
        UNTRACKED {
            @Override
            void prepare(Namespace here) throws IOException {
                here.run("nft", """
                        table inet untracked {
                            chain output { type filter hook output priority raw; meta l4proto tcp notrack; };
                            chain prerouting { type filter hook prerouting priority raw; meta l4proto tcp notrack; };
                        }""");
            }
        };

        abstract void prepare(Namespace here) throws IOException;

        void undo(Namespace here) throws IOException {
            if (this == UNTRACKED) {
                here.run("nft", "delete table inet untracked");
            }
        }
    }

    private static void awaitTicks(Background connection, String when) {
        long before = ticks(connection);
        Await.until(when + ": 20 more ticks", SOON, () -> ticks(connection) > before + 20);
        assertThat(connection.alive()).isTrue();
    }

    private static long ticks(Background connection) {
        try {
            return connection.lines().size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a byte every 10 ms and prints what comes. */
    private Background talk(SteeredMachine machine, String cgroup, String address) throws IOException {
        return machine.in(cgroup, "python3", "-u", "-c", """
                        import socket, threading, time
                        s = socket.create_connection(("%s", %d))
                        def send():
                            while True:
                                s.sendall(b"CONFIDENTIAL"); time.sleep(0.01)
                        threading.Thread(target=send, daemon=True).start()
                        for line in s.makefile(): print(line, end="")
                        """.formatted(address, port))
                .start();
    }

    @ParameterizedTest
    @EnumSource
    void ofRedirectedApplicationsGoOnAndNothingOfThemEscapes(Loss loss, Lab lab) throws Exception {
        var engine = SteeredMachine.engine(false, false);
        var relay = SteeredMachine.tproxy();
        try (var machine = new SteeredMachine(lab)
                .cgroup("/tproxied", new Verdict.Redirect(relay))
                .cgroup("/proxied", new Verdict.Redirect(engine))) {
            machine.install(machine.blueprint(true, Blueprint.Names.NONE, engine, relay));
            Answer.transparent(lab.here(), "relay", Transport.TCP, SteeredMachine.TPROXY_PORT, null);
            Answer.transparent(lab.here(), "engine", Transport.TCP, SteeredMachine.ENGINE_PORT, null);
            var escaped = machine.internet().count("tcp dport " + port);
            for (var address : new String[] {Internet.SERVER4, Internet.SERVER6}) {
                for (var cgroup : new String[] {"/tproxied", "/proxied"}) {
                    try (var connection = talk(machine, cgroup, address)) {
                        awaitTicks(connection, "before");
                        loss.prepare(lab.here());
                        machine.forgetFlows();
                        awaitTicks(connection, cgroup + " to " + address);
                    }
                    loss.undo(lab.here());
                }
            }
            assertThat(escaped.packets()).isZero();
        }
    }

    /** A server in a cgroup whose own connections are redirected. */
    @ParameterizedTest
    @EnumSource
    void ofServersOnThisMachineGoOn(Loss loss, Lab lab) throws Exception {
        var relay = SteeredMachine.tproxy();
        try (var machine = new SteeredMachine(lab).cgroup("/server", new Verdict.Redirect(relay))) {
            try (var early = serve(machine, port);
                    var open = connect(machine, port)) {
                awaitTicks(open, "before the table");
                machine.install(machine.blueprint(true, Blueprint.Names.NONE, relay));
                try (var late = serve(machine, port + 1);
                        var later = connect(machine, port + 1)) {
                    awaitTicks(later, "with the table");
                    loss.prepare(lab.here());
                    machine.forgetFlows();
                    awaitTicks(open, "older than the table");
                    awaitTicks(later, "younger than the table");
                    assertThat(early.alive() && late.alive()).isTrue();
                }
                try (var untracked = serve(machine, port + 2);
                        var last = connect(machine, port + 2)) {
                    awaitTicks(last, "begun after the loss");
                    assertThat(untracked.alive()).isTrue();
                }
            }
        }
    }

    private static Background serve(SteeredMachine machine, int port) throws IOException {
        return machine.in("/server", "python3", "-u", "-c", """
                        import socket, time
                        l = socket.create_server(("", %d)); print("ready")
                        s, _ = l.accept()
                        while True:
                            s.sendall(b"tick\\n"); time.sleep(0.01)
                        """.formatted(port))
                .start()
                .awaitOutput("ready\n", SOON);
    }

    private static Background connect(SteeredMachine machine, int port) throws IOException {
        return Probe.tcp(machine.internet(), 100_000, Internet.MACHINE4, port).start();
    }

    @ParameterizedTest
    @EnumSource
    void thatAreOlderThanTheTableStayDirect(Loss loss, Lab lab) throws Exception {
        var relay = SteeredMachine.tproxy();
        try (var machine = new SteeredMachine(lab).cgroup("/tproxied", new Verdict.Redirect(relay))) {
            Answer.start(machine.internet(), "server", Transport.TCP, port);
            for (var address : new String[] {Internet.SERVER4, Internet.SERVER6}) {
                machine.mechanism().remove();
                try (var older = talk(machine, "/tproxied", address)) {
                    awaitTicks(older, "before");
                    machine.install(machine.blueprint(true, Blueprint.Names.NONE, relay));
                    awaitTicks(older, "with the table");
                    loss.prepare(lab.here());
                    machine.forgetFlows();
                    awaitTicks(older, "after the loss");
                }
                loss.undo(lab.here());
            }
        }
    }
}
