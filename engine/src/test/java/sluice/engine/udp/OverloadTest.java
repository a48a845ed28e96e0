// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import sluice.linux.InetEndpoint;
import sluice.linux.RawEndpoint;

class OverloadTest {
    private static final long ROOM = 1000;
    private static final long MILLI = 1_000_000;

    private final Overload overload = new Overload();
    private final RawEndpoint flood = client(1);

    private static RawEndpoint client(int port) {
        return new RawEndpoint(new InetEndpoint(InetAddress.ofLiteral("192.0.2.1"), port));
    }

    /** How many of that many the client gets. */
    private int served(RawEndpoint client, int count, long now) {
        int served = 0;
        for (int i = 0; i < count; i++) {
            served += overload.drops(client, now) ? 0 : 1;
        }
        return served;
    }

    @Test
    void nothingIsDroppedWhileTheQueueHasRoom() {
        overload.observe(ROOM / 4, ROOM, 0);
        assertThat(overload.isOn()).isFalse();
        assertThat(served(flood, 10_000, 0)).isEqualTo(10_000);
    }

    @Test
    void aClientThatSendsMostIsDroppedAndTheOthersAreNot() {
        overload.observe(ROOM / 2, ROOM, 0);
        assertThat(served(flood, 10_000, 0)).isLessThan(100);
        for (int port = 2; port < 1000; port++) {
            assertThat(overload.drops(client(port), 0)).isFalse();
        }
    }

    @Test
    void itIsServedAgainAWhileLater() {
        overload.observe(ROOM / 2, ROOM, 0);
        int first = served(flood, 1000, 0);
        assertThat(served(flood, 1000, 5 * MILLI)).isZero();
        assertThat(served(flood, 1000, 20 * MILLI)).isEqualTo(first);
    }

    @Test
    void itIsOverWhenTheQueueIsNearlyEmptyAndNotBefore() {
        overload.observe(ROOM / 2, ROOM, 0);
        overload.observe(ROOM / 8, ROOM, 0);
        assertThat(overload.isOn()).isTrue();
        overload.observe(0, ROOM, 0);
        assertThat(overload.isOn()).isFalse();
        assertThat(served(flood, 1000, 0)).isEqualTo(1000);
    }

    @Test
    void moreClientsThanAreToldApartAreServed() {
        overload.observe(ROOM / 2, ROOM, 0);
        for (int port = 1; port < 60_000; port++) {
            assertThat(overload.drops(client(port), 0)).isFalse();
        }
    }
}
