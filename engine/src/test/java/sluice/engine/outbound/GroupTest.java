// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.engine.GroupView;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.rules.Outbound;
import sluice.testkit.Await;

class GroupTest {
    private static final String GRANTED = "05 00 00 01 7f000001 1234";

    @TempDir
    Path directory;

    /** A SOCKS5 proxy that answers HTTP itself, as long as it is well. */
    private static FakeServer member(AtomicBoolean well, int delayMillis) throws Exception {
        return FakeServer.start(peer -> {
            var request = peer.socksRequest();
            if (!well.get()) {
                return;
            }
            peer.hex(GRANTED);
            if (request.startsWith("connect probe.example")) {
                peer.note(peer.header());
                LockSupport.parkNanos(delayMillis * 1_000_000L);
                peer.text("HTTP/1.1 204 No Content\r\n\r\n");
            } else {
                peer.echo();
            }
        });
    }

    private static String socks(String name, FakeServer proxy) {
        return name + ": {type: socks5, server: " + proxy.server() + "}";
    }

    private static GroupView group(World world, String name) {
        return world.table.groups().stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitNow(World world, String group, String member) {
        Await.until(
                () -> group + " to take " + member + ": " + world.table.groups(),
                World.LONG,
                () -> group(world, group).now().equals(Optional.of(member)));
    }

    private static void awaitTests(World world, String group, int count) {
        Await.until(
                "tests of " + group,
                World.LONG,
                () -> group(world, group).members().stream()
                        .allMatch(member -> member.history().size() >= count));
    }

    private static String picked(World world, String group, String host) {
        var destination = new Destination(new InetEndpoint(InetAddress.ofLiteral("192.0.2.80"), 80)).named(host);
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
            assertThat(members.getLast().delay().orElseThrow()).isBetween(1, 15_000);
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
    void aChoiceOutlivesARestartAndIsWrittenWhole() throws Exception {
        var file = directory.resolve("state").resolve("choices");
        String[] outbounds = {"a: {type: block}", "b b: {type: block}", "g: {type: select, outbounds: [a, b b]}"};
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            assertThat(world.way("g").outbounds()).containsExactly("g", "a");
            world.table.choose("g", "b b");
            assertThat(world.way("g").outbounds()).containsExactly("g", "b b");
            assertThatThrownBy(() -> world.table.choose("g", "c")).hasMessage("group g has no member c; it has a, b b");
            assertThatThrownBy(() -> world.table.choose("h", "c")).hasMessage("there is no group h; there are g");
            assertThatThrownBy(() -> world.table.test("g")).hasMessageContaining("which is not tested");
            assertThat(world.warnings).isEmpty();
        }
        assertThat(Files.readString(file)).endsWith("\ng\tb b\n");
        assertThat(file.getParent()).isDirectoryNotContaining(other -> !other.equals(file));
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            assertThat(group(world, "g").now()).contains("b b");
            // The member goes and comes back.
            world.with("a: {type: block}", "g: {type: select, outbounds: [a]}");
            assertThat(group(world, "g").now()).contains("a");
            world.with(outbounds);
            assertThat(group(world, "g").now()).contains("b b");
        }
    }

    @Test
    void aFullDiskIsAWarningAndLeavesTheOldChoice() throws Exception {
        var file = directory.resolve("choices");
        String[] outbounds = {"a: {type: block}", "b: {type: block}", "g: {type: select, outbounds: [a, b]}"};
        try (var world = World.of(Optional.of(file), endpoint -> false, outbounds)) {
            world.table.choose("g", "b");
            var before = Files.readString(file);
            // Every write to it fails with ENOSPC (full(4)).
            Files.createSymbolicLink(directory.resolve("choices.new"), Path.of("/dev/full"));
            world.table.choose("g", "a");
            assertThat(group(world, "g").now()).contains("a");
            assertThat(world.warnings)
                    .singleElement()
                    .asString()
                    .contains(file.toString(), "No space left on device", "make room and choose again");
            assertThat(file).hasContent(before);
            world.table.choose("g", "a");
            assertThat(Files.readString(file)).endsWith("g\ta\n");
        }
    }

    @Test
    void aFileThatCannotBeWrittenOrReadIsAWarning() throws Exception {
        String[] outbounds = {"a: {type: block}", "b: {type: block}", "g: {type: select, outbounds: [a, b]}"};
        var missing = Files.createSymbolicLink(directory.resolve("missing"), Path.of("nowhere"))
                .resolve("choices");
        try (var world = World.of(Optional.of(missing), endpoint -> false, outbounds)) {
            world.table.choose("g", "b");
            assertThat(group(world, "g").now()).contains("b");
            assertThat(world.warnings)
                    .singleElement()
                    .asString()
                    .startsWith("write the members chosen for groups to " + missing)
                    .endsWith(", ignoring");
        }
        try (var world = World.of(Optional.of(directory), endpoint -> false, outbounds)) {
            assertThat(group(world, "g").now()).contains("a");
            assertThat(world.warnings)
                    .singleElement()
                    .asString()
                    .startsWith("read the members chosen for groups from " + directory);
        }
        var garbage = Files.write(directory.resolve("garbage"), new byte[] {0, -1, 9, 10, 103, 9, 122, 10});
        try (var world = World.of(Optional.of(garbage), endpoint -> false, outbounds)) {
            assertThat(group(world, "g").now()).contains("a");
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
            var outbounds = new ArrayList<String>();
            for (int i = 0; i < 60; i++) {
                outbounds.add("m" + i + ": {type: socks5, server: " + a.server() + "}");
            }
            outbounds.add(
                    "g: {type: fallback, url: \"http://probe.example/\", interval: 1s, timeout: 100ms, outbounds: ["
                            + outbounds.stream()
                                    .map(line -> line.substring(0, line.indexOf(':')))
                                    .collect(Collectors.joining(", "))
                            + "]}");
            try (var world = World.of(outbounds.toArray(String[]::new))) {
                awaitTests(world, "g", 2);
                assertThat(group(world, "g").members())
                        .allMatch(member -> member.history().getLast().failure().endsWith("no answer in time"));
                // Nobody answers: the first one stays.
                assertThat(group(world, "g").now()).contains("m0");
            }
            assertThat(most.get()).isBetween(1, 40);
        }
        World.awaitSockets(before);
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
