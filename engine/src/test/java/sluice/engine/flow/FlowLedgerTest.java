// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import sluice.dns.NameService.Meaning;
import sluice.engine.Attribution;
import sluice.linux.InetEndpoint;

class FlowLedgerTest {
    private static final InetEndpoint HERE = new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 1);

    private final FlowLedger ledger = new FlowLedger(new FlowLedger.Limits(10, 2), _ -> {}, _ -> {});

    private Flow open(Attribution attribution) {
        return ledger.open(Transport.TCP, "direct", HERE, HERE, Meaning.ADDRESS, attribution);
    }

    private static Attribution known(String cgroup) {
        return Attribution.known(new Owner(cgroup, -1, -1, null));
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
