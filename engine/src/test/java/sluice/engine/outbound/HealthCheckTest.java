// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.engine.outbound.Groups.GRANTED;
import static sluice.engine.outbound.Groups.awaitNow;
import static sluice.engine.outbound.Groups.awaitTests;
import static sluice.engine.outbound.Groups.group;
import static sluice.engine.outbound.Groups.member;
import static sluice.engine.outbound.Groups.socks;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sluice.engine.GroupView;
import sluice.rules.Outbound;

/** How members of groups are tested, and when. */
class HealthCheckTest {
    /** A group of that many members that are all the same proxy. */
    private static List<String> hanging(int count, FakeServer proxy, String probe) {
        var names = IntStream.range(0, count).mapToObj(i -> "m" + i).toList();
        var outbounds = new ArrayList<String>();
        names.forEach(name -> outbounds.add(socks(name, proxy)));
        outbounds.add(
                "hanging: {type: fallback, url: \"http://probe.example/\", " + probe + ", outbounds: " + names + "}");
        return outbounds;
    }

    @Test
    void flowsThatFailAreReasonEnoughToTest() throws Exception {
        var well = new AtomicBoolean(true);
        try (var a = member(well, 0);
                var b = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("a", a),
                        socks("b", b),
                        "inner: {type: select, outbounds: [a]}",
                        "g: {type: fallback, outbounds: [inner, b], url: \"http://probe.example/\", interval: 24h}")) {
            awaitTests(world, "g", 1);
            assertThat(world.way("g").outbounds()).containsExactly("g", "inner", "a");
            well.set(false);
            assertThatThrownBy(() -> world.dial("g")).isInstanceOf(DialException.class);
            awaitNow(world, "g", "b");
            assertThat(world.talk(world.dial("g"), "better", 6)).isEqualTo("better");
        }
    }

    @Test
    void whatAProxySaysOfADestinationSaysNothingAgainstTheProxy() throws Exception {
        var tests = new AtomicInteger();
        try (var a = FakeServer.start(peer -> {
                    if (peer.socksRequest().startsWith("connect probe.example")) {
                        tests.incrementAndGet();
                        peer.hex(GRANTED);
                        peer.header();
                        peer.text("HTTP/1.1 200 OK\r\n\r\n");
                    } else {
                        peer.hex("05 05");
                    }
                });
                var world = World.of(
                        socks("a", a),
                        "g: {type: fallback, outbounds: [a, direct], url: \"http://probe.example/\", interval: 24h}")) {
            world.hosts.put("probe.example", List.of(InetAddress.ofLiteral("127.0.0.1")));
            awaitTests(world, "g", 1);
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> world.dial("g")).hasMessageContaining("connection refused");
            }
            world.table.test("g").join();
            assertThat(tests).hasValue(2);
            assertThat(group(world, "g").now()).contains("a");
        }
    }

    @Test
    void historyHoldsTheLastTen() throws Exception {
        try (var a = member(new AtomicBoolean(true), 0);
                var world = World.of(
                        socks("a", a), "g: {type: fallback, outbounds: [a], url: \"http://probe.example/\"}")) {
            awaitTests(world, "g", 1);
            for (int i = 0; i < 12; i++) {
                world.table.test("g").join();
            }
            var history = group(world, "g").members().getFirst().history();
            assertThat(history).hasSize(10).isSortedAccordingTo(java.util.Comparator.comparing(GroupView.Sample::at));
        }
    }

    @Test
    void testsAreBoundedAndEndWithTheTable() throws Exception {
        var under = new AtomicInteger();
        var most = new AtomicInteger();
        int before = World.openSockets();
        try (var a = FakeServer.start(peer -> {
            most.accumulateAndGet(under.incrementAndGet(), Math::max);
            try {
                peer.awaitEnd();
            } finally {
                under.decrementAndGet();
            }
        })) {
            var outbounds = hanging(60, a, "interval: 1s, timeout: 100ms");
            try (var world = World.of(outbounds.toArray(String[]::new))) {
                awaitTests(world, "hanging", 2);
                assertThat(group(world, "hanging").members())
                        .allMatch(member -> member.history().getLast().failure().endsWith("no answer in time"));
                // Nobody answers: the first one stays.
                assertThat(group(world, "hanging").now()).contains("m0");
            }
            assertThat(most.get()).isBetween(1, 40);
        }
        World.awaitSockets(before);
    }

    @Test
    void aGroupWhoseMembersHangHoldsUpNoOther() throws Exception {
        var well = new AtomicBoolean(true);
        try (var silent = FakeServer.start(FakeServer.Conversing::awaitEnd);
                var a = member(well, 0);
                var b = member(new AtomicBoolean(true), 0)) {
            var outbounds = new ArrayList<>(hanging(60, silent, "interval: 24h, timeout: 20s"));
            outbounds.add(socks("a", a));
            outbounds.add(socks("b", b));
            outbounds.add("flows: {type: fallback, url: \"http://probe.example/\", interval: 24h, outbounds: [a, b]}");
            outbounds.add("rounds: {type: fallback, url: \"http://probe.example/\", interval: 1s, outbounds: [a, b]}");
            try (var world = World.of(outbounds.toArray(String[]::new))) {
                awaitTests(world, "flows", 1);
                awaitTests(world, "rounds", 1);
                well.set(false);
                assertThatThrownBy(() -> world.dial("flows")).isInstanceOf(DialException.class);
                awaitNow(world, "flows", "b");
                awaitNow(world, "rounds", "b");
                assertThat(group(world, "hanging").members())
                        .anyMatch(member -> member.history().isEmpty());
            }
        }
    }

    @Test
    void aTestThatThrowsIsAFailureAndTheOthersGoOn() throws Exception {
        var probe =
                new Outbound.Probe(URI.create("http://probe.example/"), Duration.ofMinutes(1), Duration.ofSeconds(1));
        var state = new GroupState(
                new Outbound.Fallback("g", List.of("a", "b"), probe),
                List.of(new MemberHealth("a"), new MemberHealth("b")),
                null);
        try (var world = World.of();
                var checks = new HealthChecks(world.parking, (member, settings) -> {
                    throw new IllegalStateException("no way to " + member);
                })) {
            checks.test(state).join();
            assertThat(state.view().members()).allSatisfy(member -> {
                assertThat(member.alive()).isFalse();
                assertThat(member.history())
                        .extracting(GroupView.Sample::failure)
                        .containsExactly("internal error: java.lang.IllegalStateException: no way to " + member.name());
            });
        }
    }

    @Test
    void badAnswersOfTheTestedServerAreFailures() throws Exception {
        var answers = new ArrayList<String>(
                List.of("HTTP/1.1 500 x\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n", "", "HTTP/1.1 404 x\r\n\r\n"));
        var next = new AtomicInteger();
        try (var a = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex(GRANTED);
                    peer.header();
                    peer.text(answers.get(next.getAndIncrement() % answers.size()));
                });
                var world = World.of(
                        socks("a", a), "g: {type: fallback, outbounds: [a], url: \"http://probe.example/\"}")) {
            awaitTests(world, "g", 1);
            for (int i = 0; i < 3; i++) {
                world.table.test("g").join();
            }
            assertThat(group(world, "g").members().getFirst().history())
                    .extracting(GroupView.Sample::failure)
                    .containsExactly(
                            "outbound a: http://probe.example/ answered 500",
                            "outbound a: the answer is not HTTP/1.1",
                            "outbound a: closed instead of an answer",
                            "outbound a: http://probe.example/ answered 404");
        }
    }

    @Test
    void probesNameTheirServer() {
        var probe = new Outbound.Probe(
                URI.create("https://[2001:db8::1]:8443/"), Duration.ofMinutes(1), Duration.ofSeconds(1));
        try (var world = World.of()) {
            assertThat(new HealthProbe(probe, world.parking.buffers()).server()).hasToString("[2001:db8::1]:8443");
        }
    }
}
