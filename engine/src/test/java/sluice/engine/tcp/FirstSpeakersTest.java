// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sluice.linux.InetEndpoint;

class FirstSpeakersTest {
    private static final InetEndpoint MAIL = at(25);

    private final AtomicLong clock = new AtomicLong();
    private final FirstSpeakers speakers = new FirstSpeakers(clock::get);

    private static InetEndpoint at(int port) {
        return new InetEndpoint(InetAddress.ofLiteral("192.0.2.1"), port);
    }

    @Test
    void aServerThatGreetedIsRememberedForATime() {
        speakers.serverSpoke(MAIL, 1);
        assertThat(speakers.contains(MAIL)).isTrue();
        assertThat(speakers.contains(at(26))).isFalse();
        clock.addAndGet(FirstSpeakers.KEPT.toNanos());
        assertThat(speakers.contains(MAIL)).isFalse();
    }

    @Test
    void aServerThatSpeaksLateComplainsAndDoesNotGreet() {
        speakers.serverSpoke(MAIL, FirstSpeakers.GREETING.toNanos() + 1);
        assertThat(speakers.contains(MAIL)).isFalse();
    }

    @Test
    void aClientThatSpeaksFirstIsWaitedForAgain() {
        speakers.serverSpoke(MAIL, 1);
        speakers.clientSpoke(MAIL);
        assertThat(speakers.contains(MAIL)).isFalse();
    }

    @Test
    void thereIsABoundAndTheOneSeenLeastRecentlyGoesFirst() {
        for (int i = 0; i < FirstSpeakers.MOST; i++) {
            speakers.serverSpoke(at(1000 + i), 1);
        }
        speakers.serverSpoke(at(1000), 1);
        speakers.serverSpoke(MAIL, 1);
        assertThat(speakers.contains(at(1000))).isTrue();
        assertThat(speakers.contains(at(1001))).isFalse();
        assertThat(speakers.contains(MAIL)).isTrue();
    }
}
