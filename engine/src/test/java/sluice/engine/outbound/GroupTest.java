// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.engine.outbound.Groups.awaitNow;
import static sluice.engine.outbound.Groups.awaitTests;
import static sluice.engine.outbound.Groups.group;
import static sluice.engine.outbound.Groups.member;
import static sluice.engine.outbound.Groups.socks;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import sluice.engine.GroupView;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;

/** Which member flows get. */
class GroupTest {
    private static String picked(World world, String group, String host) {
        var destination = new Destination(new InetEndpoint(InetAddress.ofLiteral("192.0.2.80"), 80)).named(host, true);
        return world.table.way(group, destination, Transport.TCP).outbounds().get(1);
    }

    @Test
    void fallbackTakesTheFirstMemberThatAnswersAndComesBack() throws Exception {
        var firstIsWell = new AtomicBoolean(true);
        try (var a = member(firstIsWell, 0);
                var b = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("a", a),
                        socks("b", b),
                        "g: {type: fallback, outbounds: [a, b], url: \"http://probe.example/x?y=1\", interval: 1s}")) {
            awaitTests(world, "g", 1);
            assertThat(group(world, "g").now()).contains("a");
            assertThat(a.heard.getFirst()).startsWith("GET /x?y=1 HTTP/1.1\r\nHost: probe.example\r\n");
            firstIsWell.set(false);
            awaitNow(world, "g", "b");
            var dead = group(world, "g").members().getFirst();
            assertThat(dead.alive()).isFalse();
            assertThat(dead.delay()).isEmpty();
            assertThat(dead.history().getLast().failure()).startsWith("outbound a: ");
            firstIsWell.set(true);
            awaitNow(world, "g", "a");
        }
    }

    @Test
    void urlTestTakesTheFastestAndStaysWithinTheTolerance() throws Exception {
        try (var slow = member(new AtomicBoolean(true), 150);
                var fast = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("slow", slow),
                        socks("fast", fast),
                        "g: {type: url-test, outbounds: [slow, fast], url: \"http://probe.example/\"}",
                        "calm: {type: url-test, outbounds: [slow, fast], url: \"http://probe.example/\", tolerance: 20s}")) {
            awaitTests(world, "g", 1);
            awaitNow(world, "g", "fast");
            awaitTests(world, "calm", 1);
            var calm = group(world, "calm").now();
            for (int i = 0; i < 3; i++) {
                world.table.test("calm").join();
                assertThat(group(world, "calm").now()).isEqualTo(calm);
            }
            var members = group(world, "g").members();
            assertThat(members.getFirst().delay().orElseThrow()).isGreaterThanOrEqualTo(150);
            assertThat(members.getLast().delay().orElseThrow()).isPositive();
        }
    }

    @Test
    void loadBalanceTakesEachInTurnAndOnlyThoseThatAnswer() throws Exception {
        var well = new AtomicBoolean(true);
        try (var a = member(well, 0);
                var b = member(new AtomicBoolean(true), 0);
                var c = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("a", a),
                        socks("b", b),
                        socks("c", c),
                        "g: {type: load-balance, outbounds: [a, b, c], url: \"http://probe.example/\", strategy: round-robin}")) {
            awaitTests(world, "g", 1);
            assertThat(group(world, "g").now()).isEmpty();
            List<String> turns = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                turns.add(picked(world, "g", "example.org"));
            }
            assertThat(turns.subList(0, 3))
                    .containsExactlyInAnyOrder("a", "b", "c")
                    .isEqualTo(turns.subList(3, 6));
            well.set(false);
            world.table.test("g").join();
            for (int i = 0; i < 6; i++) {
                assertThat(picked(world, "g", "example.org")).isNotEqualTo("a");
            }
        }
    }

    @Test
    void consistentHashKeepsHostsWhereTheyAreWhenAMemberFails() throws Exception {
        var well = new AtomicBoolean(true);
        try (var a = member(well, 0);
                var b = member(new AtomicBoolean(true), 0);
                var c = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("a", a),
                        socks("b", b),
                        socks("c", c),
                        "g: {type: load-balance, outbounds: [a, b, c], url: \"http://probe.example/\"}")) {
            awaitTests(world, "g", 1);
            Map<String, String> before = new HashMap<>();
            for (int i = 0; i < 300; i++) {
                var host = "host-" + i + ".example";
                before.put(host, picked(world, "g", host));
                assertThat(picked(world, "g", host)).isEqualTo(before.get(host));
            }
            var shares = before.values().stream().collect(Collectors.groupingBy(m -> m, Collectors.counting()));
            assertThat(shares)
                    .hasSize(3)
                    .allSatisfy((member, share) -> assertThat(share).isBetween(60L, 140L));
            well.set(false);
            world.table.test("g").join();
            before.forEach((host, member) -> {
                var after = picked(world, "g", host);
                assertThat(after).isIn(member.equals("a") ? Set.of("b", "c") : Set.of(member));
            });
        }
    }

    @Test
    void aReloadKeepsWhatIsKnownOfMembersThatDidNotChange() throws Exception {
        try (var a = member(new AtomicBoolean(true), 0);
                var b = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("a", a),
                        socks("b", b),
                        "same: {type: fallback, outbounds: [a], url: \"http://probe.example/\", interval: 24h}",
                        "g: {type: fallback, outbounds: [a, b], url: \"http://probe.example/\", interval: 24h}",
                        "pick: {type: select, outbounds: [a, b]}")) {
            awaitTests(world, "same", 1);
            awaitTests(world, "g", 1);
            world.table.choose("pick", "b");
            var same = group(world, "same").members();
            var before = group(world, "g").members().getFirst().history().getFirst();
            world.with(
                    socks("a", a),
                    "b: {type: socks5, server: " + b.server() + ", names: local}",
                    "same: {type: fallback, outbounds: [a], url: \"http://probe.example/\", interval: 24h}",
                    "g: {type: fallback, outbounds: [b, a], url: \"http://probe.example/\", interval: 24h}",
                    "pick: {type: select, outbounds: [b, a]}");
            assertThat(group(world, "same").members()).isEqualTo(same);
            var after = group(world, "g").members();
            assertThat(after.getLast().history()).contains(before);
            assertThat(after.getFirst().history())
                    .doesNotContainAnyElementsOf(same.getFirst().history());
            assertThat(group(world, "pick").now()).contains("b");
            assertThat(world.table.groups()).extracting(GroupView::name).containsExactly("same", "g", "pick");
        }
    }
}
