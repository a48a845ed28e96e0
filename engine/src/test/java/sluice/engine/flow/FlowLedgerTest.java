// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.bounds.Bounds;
import sluice.dns.NameService.Meaning;
import sluice.engine.Attribution;
import sluice.linux.InetEndpoint;

class FlowLedgerTest {
    private static final InetEndpoint HERE = new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 1);

    private final FlowLedger ledger = new FlowLedger(
            new FlowLedger.Limits(10, 10, 2, 100, 100), new Bounds(Bounds.Listener.NONE), _ -> {}, _ -> {});

    private Flow open(Attribution attribution) {
        return ledger.open(Transport.TCP, "direct", HERE, HERE, Meaning.ADDRESS, attribution);
    }

    private static Attribution known(String cgroup) {
        return Attribution.known(new Owner(cgroup, -1, -1, null));
    }

    @Test
    void beyondHalfOneUnitLeavesFlowsForOthers() {
        ledger.limits(new FlowLedger.Limits(80, 80, 0, 10_000, 10_000));
        for (int i = 0; i < 50; i++) {
            assertThat(open(known("/greedy.scope/" + i)).ended()).isNull();
        }
        assertThat(open(known("/greedy.scope/50")).ended())
                .isNotNull()
                .returns(FlowEnd.LIMIT, Flow.Ended::reason)
                .extracting(Flow.Ended::detail)
                .asString()
                .startsWith("bound flows: 50 of 80 are taken");
        assertThat(ledger.counters().overLimit()).isEqualTo(1);
        assertThat(ledger.counters().active()).isEqualTo(50);
        assertThat(open(known("/modest.scope")).ended()).isNull();
    }

    @Test
    void flowsOverUdpNeedNoDescriptorsOfTheirOwn() {
        ledger.limits(new FlowLedger.Limits(10, 1000, 0, 20, 10_000));
        for (int i = 0; i < 500; i++) {
            assertThat(datagrams().ended()).isNull();
        }
        for (int i = 0; i < 5; i++) {
            assertThat(open(Attribution.NONE).ended()).isNull();
        }
    }

    private Flow datagrams() {
        return ledger.open(Transport.UDP, "direct", HERE, HERE, Meaning.ADDRESS, Attribution.NONE);
    }

    @Test
    void whatAFlowTookIsGivenBackWhenItEnds() {
        ledger.limits(new FlowLedger.Limits(2, 2, 0, 4, 8));
        for (int i = 0; i < 100; i++) {
            var flow = open(Attribution.NONE);
            assertThat(flow.ended()).as("after %d", i).isNull();
            flow.hold(Objects.requireNonNull(ledger.memory().take(flow, 2)));
            ledger.close(flow, FlowEnd.FINISHED, "");
            flow.hold(Objects.requireNonNull(ledger.memory().take(flow, 2)));
        }
        assertThat(ledger.memory().taken()).isZero();
        assertThat(ledger.descriptors().taken()).isZero();
    }

    @Test
    void applicationsThatAreNotKnownShareOneCount() {
        var first = open(Attribution.NONE);
        assertThat(open(Attribution.NONE).ended()).isNull();
        assertThat(open(Attribution.NONE).ended())
                .isNotNull()
                .returns(FlowEnd.LIMIT, Flow.Ended::reason)
                .returns("an application that is not known has 2 flows already", Flow.Ended::detail);
        assertThat(open(known("/a.scope")).ended()).isNull();
        ledger.close(first, FlowEnd.FINISHED, "");
        assertThat(open(Attribution.NONE).ended()).isNull();
        assertThat(ledger.counters().overApplicationLimit()).isEqualTo(1);
    }
}
