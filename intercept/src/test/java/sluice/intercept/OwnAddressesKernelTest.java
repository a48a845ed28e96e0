// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** What applications send to addresses of this machine that are in no bypass. */
@KernelTest
class OwnAddressesKernelTest {
    private static final int PORT = 80;
    private static final List<String> OWN = List.of(Internet.MACHINE4, Internet.MACHINE6);
    private static final Redirection ENGINE = SteeredMachine.engine(false, true);
    private static final Redirection RELAY = SteeredMachine.tproxy();

    private static SteeredMachine machine(Lab lab) throws Exception {
        Answer.start(lab.here(), "own", Transport.TCP, PORT);
        Answer.start(lab.here(), "own", Transport.UDP, PORT);
        return new SteeredMachine(lab)
                .cgroup("/proxied", new Verdict.Redirect(ENGINE))
                .cgroup("/tproxied", new Verdict.Redirect(RELAY))
                .cgroup("/dropped", new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS));
    }

    private static Blueprint blueprint(SteeredMachine machine, boolean bypassLocal) throws Exception {
        var plain = machine.blueprint(false, Blueprint.Names.NONE, ENGINE, RELAY);
        return new Blueprint(
                plain.root(),
                plain.bypass(),
                bypassLocal,
                plain.redirections(),
                plain.marks(),
                plain.routeTable(),
                plain.rulePriority(),
                plain.holdNewCgroups(),
                plain.names(),
                plain.ownTable());
    }

    private static String connected(SteeredMachine machine, String cgroup, String address) throws Exception {
        return machine.connection(cgroup, 500, address, PORT).attempt().out();
    }

    private static String answered(SteeredMachine machine, String cgroup, String address) throws Exception {
        return machine.datagrams(cgroup, 10, 5, address, PORT).attempt().out();
    }

    /** The engine does not listen here, so what comes to it is lost. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theyAreReachedPastTheProxy(boolean bypassLocal, Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.install(blueprint(machine, bypassLocal));
            for (var address : OWN) {
                assertThat(connected(machine, "/proxied", address)).contains("own from ");
                assertThat(answered(machine, "/proxied", address)).contains("own from ");
            }
            assertThat(machine.silent("/proxied", Internet.SERVER4)).isTrue();
        }
    }

    @Test
    void tproxiesAndDropsKeepThemUnlessBypassHasThem(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var relay = Answer.transparent(lab.here(), "relay", Transport.TCP, SteeredMachine.TPROXY_PORT, null);
            machine.install(blueprint(machine, false));
            for (var address : OWN) {
                assertThat(connected(machine, "/tproxied", address)).contains("relay from ");
                assertThat(machine.silent("/dropped", address)).isTrue();
                assertThat(answered(machine, "/dropped", address)).doesNotContain(" from ");
            }
            assertThat(relay.answers()).hasSize(2);

            machine.reload(blueprint(machine, true));
            for (var address : OWN) {
                for (var cgroup : List.of("/tproxied", "/dropped")) {
                    assertThat(connected(machine, cgroup, address)).as(cgroup).contains("own from ");
                    assertThat(answered(machine, cgroup, address)).as(cgroup).contains("own from ");
                }
            }
            assertThat(relay.answers()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void queriesToThemAreCapturedAllTheSame(boolean bypassLocal, Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var server = Answer.start(lab.here(), "dns", Transport.UDP, 53);
            machine.install(blueprint(machine, bypassLocal));
            for (var address : OWN) {
                machine.dig("/proxied", "+notcp", address).attempt();
            }
            assertThat(server.answers()).isEmpty();
        }
    }

    @Test
    void thePacketMarkThatAnApplicationSetStays(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.install(blueprint(machine, false));
            var marked = lab.here().count("udp dport 80 meta mark 0x77");
            machine.in("/proxied", "python3", "-c", """
                    import socket
                    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    sender.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x77)
                    sender.sendto(b"x", ("%s", 80))
                    """.formatted(Internet.MACHINE4))
                    .run();
            assertThat(marked.packets()).isEqualTo(1);
        }
    }
}
