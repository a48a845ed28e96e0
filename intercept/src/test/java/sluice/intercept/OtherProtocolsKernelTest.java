// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.OtherProtocols;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What redirected applications send that is neither TCP nor UDP. */
@KernelTest
class OtherProtocolsKernelTest {
    private static boolean ping(SteeredMachine machine, String cgroup, String address) throws IOException {
        return machine.in(cgroup, "ping", "-c", "1", "-W", "1", address)
                .attempt()
                .succeeded();
    }

    @ParameterizedTest
    @EnumSource
    void goesWhereTheFileSays(OtherProtocols others, Lab lab) throws Exception {
        var engine = SteeredMachine.engine(false, false).withOtherProtocols(others);
        var relay = SteeredMachine.tproxy();
        try (var machine = new SteeredMachine(lab)
                .cgroup("/proxied", new Verdict.Redirect(engine))
                .cgroup("/proxied/direct", Verdict.DIRECT)
                .cgroup("/tproxied", new Verdict.Redirect(relay))
                .cgroup("/untouched", null)) {
            machine.install(machine.blueprint(false, Blueprint.Names.NONE, engine, relay));
            var escaped = machine.internet().count("icmp type echo-request");
            var escaped6 = machine.internet().count("icmpv6 type echo-request");
            boolean passes = others == OtherProtocols.DIRECT;
            for (var address : new String[] {Internet.SERVER4, Internet.SERVER6}) {
                assertThat(ping(machine, "/proxied", address)).as(address).isEqualTo(passes);
            }
            assertThat(escaped.packets() + escaped6.packets()).isEqualTo(passes ? 2 : 0);
            for (var address : new String[] {
                Internet.OTHER4, Internet.OTHER6, Internet.MACHINE4, Internet.MACHINE6, "127.0.0.1", "::1"
            }) {
                assertThat(ping(machine, "/proxied", address)).as(address).isTrue();
            }
            for (var cgroup : new String[] {"/proxied/direct", "/tproxied", "/untouched"}) {
                assertThat(ping(machine, cgroup, Internet.SERVER4)).as(cgroup).isTrue();
                assertThat(ping(machine, cgroup, Internet.SERVER6)).as(cgroup).isTrue();
            }
        }
    }

    /** SCTP, DCCP, UDP-Lite, GRE and IPv4 in IPv4, which this test can only send in its own hand. */
    @ParameterizedTest
    @ValueSource(ints = {132, 33, 136, 47, 4})
    void isRefusedWhateverItIs(int protocol, Lab lab) throws Exception {
        var engine = SteeredMachine.engine(false, false);
        try (var machine = new SteeredMachine(lab)
                .cgroup("/proxied", new Verdict.Redirect(engine))
                .cgroup("/untouched", null)) {
            machine.install(machine.blueprint(true, Blueprint.Names.NONE, engine));
            var arrived = machine.internet().count("meta l4proto " + protocol);
            for (var address : new String[] {Internet.SERVER4, Internet.SERVER6}) {
                var program = new String[] {"python3", "-c", """
                    import socket
                    family = socket.AF_INET6 if ":" in "%1$s" else socket.AF_INET
                    socket.socket(family, socket.SOCK_RAW, %2$d).sendto(bytes(64), ("%1$s", 0))
                    """.formatted(address, protocol)};
                assertThat(machine.in("/proxied", program).attempt().err()).contains("Operation not permitted");
                assertThat(arrived.packets()).isZero();
                machine.in("/untouched", program).run();
                assertThat(arrived.packets()).isEqualTo(1);
                arrived = machine.internet().count("meta l4proto " + protocol);
            }
        }
    }
}
