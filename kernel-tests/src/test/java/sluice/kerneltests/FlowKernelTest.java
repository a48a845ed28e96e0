// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** A flow keeps the verdict of its first packet, whatever happens to the policy meanwhile. */
@KernelTest
class FlowKernelTest {
    private static final String DIRECT = Machine.BYPASS + Machine.RELAY + "rules: [{match: ^/app$, direct: true}]\n";
    private static final String PROXIED = Machine.BYPASS + Machine.RELAY + "rules: [{match: ^/app$, tproxy: relay}]\n";
    private static final String NO_SERVER = Machine.BYPASS + "rules: [{match: ^/app$, direct: true}]\n";

    private static Machine machine(Lab lab) throws Exception {
        var machine = Machine.with(lab, "app", "relay");
        Answer.start(machine.internet(), "net", Transport.TCP, 8080);
        Answer.start(machine.internet(), "net", Transport.UDP, 7);
        return machine;
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void connectionsOlderThanTheDaemonGoOnAndDatagramsAreProxied(String address, Lab lab) throws Exception {
        try (var machine = machine(lab);
                var download = machine.download("app", address, 8080);
                var stream = machine.stream("app", address, 7)) {
            var relay = machine.relay();
            machine.datagramRelay();
            download.awaitProgress();
            stream.awaitProgress();
            var daemon = machine.apply(PROXIED);
            download.awaitProgress();
            stream.awaitProgress();
            assertThat(stream.greeting()).contains(": relay from ");
            assertThat(relay.arrivals()).isEmpty();
            newFlowsAreProxied(machine, address);
            assertThat(daemon.stop()).isZero();
            download.awaitProgress();
            stream.awaitProgress();
        }
    }

    private static void newFlowsAreProxied(Machine machine, String address) throws Exception {
        assertThat(machine.datagrams("app", 200, 2, address, "7").run().out()).contains(": relay from ");
        try (var proxied = machine.download("app", address, 8080)) {
            proxied.awaitProgress();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void directConnectionsStayDirectWhenTheirCgroupIsProxiedAndDatagramsDoNot(String address, Lab lab)
            throws Exception {
        try (var machine = machine(lab)) {
            var relay = machine.relay();
            machine.datagramRelay();
            machine.apply(DIRECT);
            try (var download = machine.download("app", address, 8080);
                    var stream = machine.stream("app", address, 7)) {
                download.awaitProgress();
                stream.awaitProgress();
                machine.apply(PROXIED);
                download.awaitProgress();
                stream.awaitProgress();
                assertThat(stream.greeting()).contains(": relay from ");
                assertThat(relay.arrivals()).isEmpty();
                newFlowsAreProxied(machine, address);
                Await.until(
                        "the new arrival", Machine.SOON, () -> relay.arrivals().size() == 1);
                download.awaitProgress();
                stream.awaitProgress();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void proxiedConnectionsStayProxiedWhateverComesAndDatagramsDoNot(String address, Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var relay = machine.relay();
            machine.datagramRelay();
            machine.apply(PROXIED);
            try (var download = machine.download("app", address, 8080);
                    var stream = machine.stream("app", address, 7)) {
                for (var next : new String[] {PROXIED + "new-cgroups: hold\n", DIRECT, NO_SERVER}) {
                    download.awaitProgress();
                    stream.awaitProgress();
                    machine.apply(next);
                }
                download.awaitProgress();
                stream.awaitProgress();
                assertThat(stream.greeting()).contains(": net from ");
                assertThat(relay.arrivals()).hasSize(1);
                assertThat(machine.datagrams("app", 200, 2, address, "7").run().out())
                        .contains(": net from ");
            }
        }
    }

    @Test
    void reloadsCutNothing(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.relay();
            machine.datagramRelay();
            machine.apply(PROXIED);
            try (var download = machine.download("app", Internet.SERVER4, 8080);
                    var stream = machine.stream("app", Internet.SERVER4, 7)) {
                for (int i = 0; i < 5; i++) {
                    download.awaitProgress();
                    machine.apply(i % 2 == 0 ? PROXIED + "new-cgroups: hold\n" : PROXIED);
                }
                download.awaitProgress();
                stream.awaitProgress();
                assertThat(stream.greeting()).contains(": relay from ");
            }
        }
    }

    /** Proxied ones may not survive it: without the table, the far end gets segments of connections it does not know. */
    @Test
    void repairsCutNoDirectFlow(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(DIRECT);
            try (var download = machine.download("app", Internet.SERVER4, 8080);
                    var stream = machine.stream("app", Internet.SERVER6, 7)) {
                download.awaitProgress();
                lab.here().run("nft", "flush", "ruleset");
                daemon.awaitLog("everything is in force again", Machine.SOON);
                download.awaitProgress();
                stream.awaitProgress();
            }
        }
    }
}
