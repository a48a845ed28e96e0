// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sluice.engine.park.Deadline;

class AddressCandidatesTest {
    private static final Peer PEER = new Peer(null, "www.example", 443);

    private int lookups;

    private static List<InetAddress> addresses(String... literals) {
        return Stream.of(literals).map(InetAddress::ofLiteral).toList();
    }

    /** Hosts whose addresses are these at the first look, those at the second, and so on. */
    private record Growing(AddressCandidatesTest test, List<List<InetAddress>> looks) implements Hosts {
        @Override
        public List<InetAddress> addresses(Peer peer, String outbound, Deadline deadline) {
            return looks.get(Math.min(test.lookups++, looks.size() - 1));
        }

        @Override
        public boolean isSorted() {
            return false;
        }

        @Override
        public boolean mayLearn() {
            return true;
        }
    }

    private static List<InetAddress> all(AddressCandidates candidates) {
        var all = new ArrayList<InetAddress>();
        for (var next = candidates.next(); next != null; next = candidates.next()) {
            all.add(next);
        }
        return all;
    }

    @Test
    void familiesTakeTurnsAndIpv6BeginsUnlessTheOrderIsKnown() {
        var mixed = addresses("192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3", "2001:db8::2");
        assertThat(AddressCandidates.inTurn(mixed, false))
                .isEqualTo(addresses("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"));
        assertThat(AddressCandidates.inTurn(mixed, true))
                .isEqualTo(addresses("192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2", "192.0.2.3"));
        assertThat(AddressCandidates.inTurn(addresses("192.0.2.1", "192.0.2.2"), false))
                .isEqualTo(addresses("192.0.2.1", "192.0.2.2"));
    }

    @Test
    void anAddressThatWasTriedIsLeftOut() throws Exception {
        var hosts = new Growing(this, List.of(addresses("192.0.2.1", "2001:db8::1")));
        var candidates =
                new AddressCandidates(PEER, hosts, "direct", Deadline.never(), InetAddress.ofLiteral("2001:db8::1"));
        assertThat(all(candidates)).isEqualTo(addresses("192.0.2.1"));
    }

    @Test
    void aFamilyThatWasLateIsAskedForAgain() throws Exception {
        var hosts = new Growing(this, List.of(addresses("192.0.2.1"), addresses("192.0.2.1", "2001:db8::1")));
        var candidates = new AddressCandidates(PEER, hosts, "direct", Deadline.never(), null);
        assertThat(candidates.isOnly()).isFalse();
        assertThat(all(candidates)).isEqualTo(addresses("192.0.2.1", "2001:db8::1"));
        assertThat(candidates.isOnly()).isTrue();
    }

    @Test
    void theLookingHasAnEnd() throws Exception {
        var hosts = new Growing(this, List.of(addresses("192.0.2.1")));
        assertThat(all(new AddressCandidates(PEER, hosts, "direct", Deadline.never(), null)))
                .hasSize(1);
        assertThat(lookups).isLessThan(5);
    }
}
