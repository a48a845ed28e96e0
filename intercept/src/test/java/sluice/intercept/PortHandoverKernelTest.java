// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/**
 * One application after another sends from the same UDP port to the same server, as SIP programs do: conntrack sees one flow. Each of them goes
 * where its own cgroup goes.
 */
@KernelTest
class PortHandoverKernelTest {
    private static final int SIP = 5060;
    private static final String NOTHING = "nothing";

    /** What an application of each cgroup gets: an answer of one of three servers, or none. */
    private static final Map<String, String> ANSWERS = Map.of(
            "/direct",
            "server",
            "/untouched",
            "server",
            "/dropped",
            NOTHING,
            "/tproxied",
            "relay",
            "/proxied",
            "engine");

    private static String ask(SteeredMachine machine, String cgroup, String address) throws Exception {
        var answer = machine.in(cgroup, "python3", "-c", """
                        import socket
                        s = socket.socket(socket.AF_INET6 if ":" in "%1$s" else socket.AF_INET, socket.SOCK_DGRAM)
                        s.bind(("%3$s", %2$d)); s.settimeout(%4$d)
                        try:
                            s.sendto(b"hello", ("%1$s", %2$d)); print(s.recv(1000).decode().split()[0])
                        except OSError:
                            print("nothing")
                        """.formatted(
                        address,
                        SIP,
                        // Not the wildcard: a TPROXY server answers from the destination's address and this port.
                        address.contains(":") ? Internet.MACHINE6 : Internet.MACHINE4,
                        cgroup.equals("/dropped") ? 1 : 20))
                .run();
        return answer.out().strip();
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void eachDatagramGoesWhereItsOwnCgroupGoes(String address, Lab lab) throws Exception {
        var engine = SteeredMachine.engine(false, false);
        var relay = SteeredMachine.tproxy();
        try (var machine = new SteeredMachine(lab)
                .cgroup("/direct", Verdict.DIRECT)
                .cgroup("/untouched", null)
                .cgroup("/dropped", new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS))
                .cgroup("/tproxied", new Verdict.Redirect(relay))
                .cgroup("/proxied", new Verdict.Redirect(engine))) {
            machine.install(machine.blueprint(true, Blueprint.Names.NONE, engine, relay));
            Answer.start(machine.internet(), "server", Transport.UDP, SIP);
            Answer.transparent(lab.here(), "relay", Transport.UDP, SteeredMachine.TPROXY_PORT, null);
            Answer.transparent(lab.here(), "engine", Transport.UDP, SteeredMachine.ENGINE_PORT, null);
            var cgroups = List.copyOf(ANSWERS.keySet());
            for (var first : cgroups) {
                for (var second : cgroups) {
                    for (var cgroup : List.of(first, second, first)) {
                        assertThat(ask(machine, cgroup, address))
                                .as("%s, of %s and %s in turn", cgroup, first, second)
                                .isEqualTo(Objects.requireNonNull(ANSWERS.get(cgroup)));
                    }
                }
            }
        }
    }
}
