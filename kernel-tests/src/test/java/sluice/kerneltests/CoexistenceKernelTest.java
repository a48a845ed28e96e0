// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;
import sluice.testkit.Transport;

/**
 * Sluice beside other software that has rules in the kernel, whichever of the two comes first: redirection works, nothing gets away, and
 * what the other one is for goes on.
 */
@KernelTest
@Timeout(600)
class CoexistenceKernelTest {
    private static final String LOOPBACK6 = "::1";

    static Stream<Arguments> worlds() {
        var cells = Scale.soak() ? Cell.all() : CoveringArray.pairwise(Cell.all(), Cell::factors);
        return Stream.of(Neighbour.values())
                .flatMap(neighbour -> Stream.of(Cell.Order.values())
                        .map(order -> Arguments.of(
                                neighbour,
                                order,
                                cells.stream()
                                        .filter(cell -> cell.neighbour() == neighbour && cell.order() == order)
                                        .toList())));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("worlds")
    void eachDoesWhatItIsFor(Neighbour neighbour, Cell.Order order, List<Cell> cells, Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            if (order == Cell.Order.NEIGHBOUR_FIRST) {
                world.start(neighbour);
                assertRight(world, neighbour, List.of());
            }
            var daemon = world.start(nameServer6(neighbour));
            if (order == Cell.Order.SLUICE_FIRST) {
                world.start(neighbour);
            }
            if (neighbour.is(Neighbour.Trait.TUNNELS)) {
                awaitRulesInFront(lab);
            }
            assertRight(world, neighbour, cells);
            assertThat(daemon.stop()).isZero();
            if (order == Cell.Order.SLUICE_FIRST) {
                assertRight(world, neighbour, List.of());
            }
        }
    }

    /**
     * The one thing that is refused. firewalld lets nothing leave to ::/96 ({@code RFC3964_IPv4}), where ::1 is, and judges after the
     * translation.
     */
    @Test
    void hijackedQueriesAreRefusedWhereFirewalldForbidsTheirNameServer(Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            world.start(Neighbour.FIREWALLD);
            world.start(LOOPBACK6);
            var cell = new Cell(
                    Neighbour.FIREWALLD,
                    Cell.Order.NEIGHBOUR_FIRST,
                    Cell.Target.DNS_HIJACK,
                    Cell.Version.IPV6,
                    Transport.UDP);
            var leaks = Leaks.count(world.internet(), Neighbour.FIREWALLD, List.of(cell));
            var asked = cell.conversation();
            assertThat(world.wrong(List.of(asked)))
                    .containsExactly(asked + ": failed: [Errno 1] Operation not permitted, not " + asked.heard());
            assertThat(leaks.found()).isEmpty();
        }
    }

    private static String nameServer6(Neighbour neighbour) {
        return switch (neighbour) {
            case FIREWALLD, FIREWALLD_LOOSE, FIREWALLD_IPTABLES -> Internet.MACHINE6;
            default -> LOOPBACK6;
        };
    }

    private static void awaitRulesInFront(Lab lab) {
        for (var family : List.of("-4", "-6")) {
            Await.until(
                    "the rules of Sluice before others: ip " + family + " rule",
                    Duration.ofSeconds(20),
                    () -> lab.here()
                            .run("ip", family, "rule")
                            .out()
                            .lines()
                            .filter(line -> !line.startsWith("0:"))
                            .findFirst()
                            .orElse("")
                            .contains("lookup 300"));
        }
    }

    private static void assertRight(Neighbourhood world, Neighbour neighbour, List<Cell> cells) throws Exception {
        var leaks = Leaks.count(world.internet(), neighbour, cells);
        var conversations = ordinary(neighbour);
        if (!cells.isEmpty()) {
            conversations.addAll(redirected(neighbour));
        }
        cells.forEach(cell -> conversations.add(cell.conversation()));
        var wrong = world.wrong(conversations);
        wrong.addAll(leaks.found());
        world.decoyed().forEach(arrival -> wrong.add("arrived at another socket: " + arrival));
        assertThat(wrong).isEmpty();
    }

    /** Redirected applications talk to addresses that rules of the neighbour let in by its own interface only. */
    private static List<Conversation> redirected(Neighbour neighbour) {
        var all = new ArrayList<Conversation>();
        for (var transport : Transport.values()) {
            if (neighbour.is(Neighbour.Trait.HAS_GUEST)) {
                for (var guest : List.of(Neighbourhood.GUEST4, Neighbourhood.GUEST6)) {
                    all.add(Conversation.plain("tproxy", transport, guest, 8022, "relay"));
                    all.add(Conversation.plain("proxy", transport, guest, 8022, "guest"));
                }
            }
            if (neighbour.is(Neighbour.Trait.HAS_SERVICE)) {
                for (var service : List.of(Neighbourhood.SERVICE4, Neighbourhood.SERVICE6)) {
                    all.add(Conversation.plain("tproxy", transport, service, 80, "relay"));
                    all.add(Conversation.plain("proxy", transport, service, 80, "guest"));
                }
            }
            if (neighbour.is(Neighbour.Trait.HAS_PEERS)) {
                all.add(Conversation.plain("tproxy", transport, Neighbourhood.PEER4, 9001, "relay"));
                all.add(Conversation.plain("tproxy", transport, Neighbourhood.PEER6, 9001, "relay"));
            }
        }
        return all;
    }

    /** Of applications that go direct, services for others, and what the neighbour is for. */
    private static List<Conversation> ordinary(Neighbour neighbour) {
        var all = new ArrayList<Conversation>();
        for (var transport : Transport.values()) {
            for (var server : List.of(Internet.SERVER4, Internet.SERVER6)) {
                for (var cgroup : List.of("unmatched", "direct")) {
                    all.add(Conversation.plain(cgroup, transport, server, Cell.Target.DIRECT.port, "server"));
                }
                if (neighbour.is(Neighbour.Trait.HAS_GUEST)) {
                    all.add(Conversation.plain(
                            Neighbourhood.GUEST, transport, server, Cell.Target.DIRECT.port, "server"));
                }
            }
            for (var own : List.of(Internet.MACHINE4, Internet.MACHINE6)) {
                all.add(Conversation.plain(Neighbourhood.OUTSIDE, transport, own, 22, "service"));
                all.add(Conversation.plain(Neighbourhood.OUTSIDE, transport, own, 8022, "proxied"));
                if (neighbour.is(Neighbour.Trait.FILTERS)) {
                    all.add(Conversation.plain(
                            Neighbourhood.OUTSIDE, transport, own, Cell.Target.DIRECT.port, Conversation.NOTHING));
                }
                if (neighbour.is(Neighbour.Trait.PUBLISHES)) {
                    all.add(Conversation.plain(Neighbourhood.OUTSIDE, transport, own, 8080, "guest"));
                    all.add(Conversation.plain("unmatched", transport, own, 8080, "guest"));
                }
            }
            if (neighbour.is(Neighbour.Trait.HAS_SERVICE)) {
                for (var service : List.of(Neighbourhood.SERVICE4, Neighbourhood.SERVICE6)) {
                    all.add(Conversation.plain("unmatched", transport, service, 80, "guest"));
                }
            }
        }
        return all;
    }
}
