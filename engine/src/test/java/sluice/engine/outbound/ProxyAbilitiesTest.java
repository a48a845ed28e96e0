// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sluice.engine.outbound.ProxyAbilities.Kind;
import sluice.rules.Outbound;

class ProxyAbilitiesTest {
    private static final Proxy PROXY = proxy("p");

    private final AtomicLong clock = new AtomicLong();
    private final ProxyAbilities abilities = new ProxyAbilities(clock::get);

    private static Proxy proxy(String name) {
        var outbound = World.read(name + ": {type: socks5, server: \"192.0.2.1:1080\"}")
                .get(name);
        return new Socks5Proxy((Outbound.Socks5) Objects.requireNonNull(outbound));
    }

    @Test
    void whatAProxyDeniesIsRememberedForATimeAndForThisProxyOnly() {
        abilities.denied(PROXY, Kind.IPV6);
        assertThat(abilities.lacks(PROXY, Kind.IPV6)).isTrue();
        assertThat(abilities.lacks(PROXY, Kind.IPV4)).isFalse();
        assertThat(abilities.lacks(proxy("q"), Kind.IPV6)).isFalse();
        clock.addAndGet(ProxyAbilities.SAID.toNanos());
        assertThat(abilities.lacks(PROXY, Kind.IPV6)).isFalse();
    }

    @Test
    void whatWasSeenOnceIsRememberedForLess() {
        abilities.missed(PROXY, Kind.IPV6);
        assertThat(abilities.lacks(PROXY, Kind.IPV6)).isTrue();
        clock.addAndGet(ProxyAbilities.SEEN.toNanos());
        assertThat(abilities.lacks(PROXY, Kind.IPV6)).isFalse();
    }

    @Test
    void oneNameThatAProxyDoesNotFindSaysLittle() {
        for (int i = 1; i < ProxyAbilities.NAMES_MISSED; i++) {
            abilities.missed(PROXY, Kind.NAME);
            assertThat(abilities.lacks(PROXY, Kind.NAME)).isFalse();
        }
        abilities.missed(PROXY, Kind.NAME);
        assertThat(abilities.lacks(PROXY, Kind.NAME)).isTrue();
    }

    @Test
    void whatWorksIsNotDoubtedAnyMore() {
        abilities.denied(PROXY, Kind.IPV6);
        abilities.worked(PROXY, Kind.IPV6);
        assertThat(abilities.lacks(PROXY, Kind.IPV6)).isFalse();
    }
}
