// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Owner;
import sluice.linux.InetEndpoint;
import sluice.linux.RawEndpoint;

class RecentOwnersTest {
    private static final RawEndpoint SERVER = endpoint("192.0.2.53", 53);
    private static final RawEndpoint CLIENT = endpoint("192.0.2.1", 40_000);

    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private final RecentOwners owners = new RecentOwners(clock::get);

    private static RawEndpoint endpoint(String address, int port) {
        return new RawEndpoint(new InetEndpoint(InetAddress.ofLiteral(address), port));
    }

    private String owner(RawEndpoint client, RawEndpoint server) {
        return String.valueOf(owners.owner(client, server, () -> owned("/app-" + looks.incrementAndGet()))
                .cgroup());
    }

    private static Owner owned(String cgroup) {
        return new Owner(cgroup, 0, -1, null);
    }

    @Test
    void aSocketIsLookedForOnceWithinAMoment() {
        assertThat(owner(CLIENT, SERVER)).isEqualTo("/app-1");
        clock.addAndGet(RecentOwners.MOMENT_NANOS - 1);
        assertThat(owner(CLIENT.copy(), SERVER.copy())).isEqualTo("/app-1");
        clock.addAndGet(1);
        assertThat(owner(CLIENT, SERVER)).isEqualTo("/app-2");
    }

    @Test
    void otherSocketsAreOthers() {
        assertThat(owner(CLIENT, SERVER)).isEqualTo("/app-1");
        assertThat(owner(endpoint("192.0.2.1", 40_001), SERVER)).isEqualTo("/app-2");
        assertThat(owner(CLIENT, endpoint("192.0.2.54", 53))).isEqualTo("/app-3");
    }

    @Test
    void anUnknownOwnerIsLookedForAgain() {
        assertThat(owners.owner(CLIENT, SERVER, () -> Owner.UNKNOWN).cgroup()).isNull();
        assertThat(owner(CLIENT, SERVER)).isEqualTo("/app-1");
    }
}
