// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.dns.cache.AnswerCache;
import sluice.dns.policy.Ruling;
import sluice.dns.upstream.Upstreams;

class HostLookupTest {
    @TempDir
    Path directory;

    @Test
    void onePlaceIsEnoughForTheAddressesOfOneFamily() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var network = new LoopbackNetwork()) {
            assertThat(resolve(server, network, bound(1))).containsExactly(InetAddress.ofLiteral("192.0.2.80"));
        }
    }

    @Test
    void withoutAPlaceNobodyIsAskedAndTheReasonIsSaid() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var network = new LoopbackNetwork()) {
            assertThatThrownBy(() -> resolve(server, network, bound(0)))
                    .isInstanceOf(UnknownHostException.class)
                    .hasMessage("look up www.example.org: too many queries are under way");
            assertThat(server.queries()).isZero();
        }
    }

    private static Bound bound(int most) {
        return new Bounds(Bounds.Listener.NONE).add("queries", most);
    }

    private List<InetAddress> resolve(TestServer server, LoopbackNetwork network, Bound bound) throws Exception {
        var counters = new DnsCounters();
        var upstreams = new Upstreams(network, directory.resolve("resolv.conf"), counters, new World.Ears());
        var group = upstreams.group(List.of(server.settings("udp")));
        var ruling = new Ruling(Ruling.Action.FORWARD, Ruling.NO_RULE, group, Optional.empty(), null);
        var lookups = new Lookups(network, new AnswerCache(10), counters, () -> 1, new Bounds(Bounds.Listener.NONE));
        return new HostLookup(lookups, bound).addresses(null, "www.example.org", ruling, World.LIMIT);
    }
}
