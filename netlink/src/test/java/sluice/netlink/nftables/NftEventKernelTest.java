// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import sluice.netlink.Decoder;
import sluice.netlink.NetlinkException;
import sluice.netlink.Protocol;
import sluice.netlink.Subscription;
import sluice.testkit.Await;
import sluice.testkit.KernelTest;

@KernelTest
class NftEventKernelTest {
    private static final Table TABLE = Table.inet("events");
    private static final NftSet MARKS =
            TABLE.map("marks", DataType.CGROUP, DataType.MARK).withCounter();
    private static final Element ELEMENT =
            Element.of(Value.cgroup(17), Value.mark(3000)).withComment("/a").withCounter(new Counter(3, 180));

    @Test
    void changesArriveInOrderWithTheirAuthor() throws Exception {
        try (var events = Nftables.subscribe(TABLE);
                var nftables = Nftables.open()) {
            var chain = TABLE.chain("c");
            var rule = Rule.in(chain).setMark(1).build();
            nftables.transaction()
                    .add(TABLE)
                    .add(MARKS)
                    .add(chain)
                    .add(rule)
                    .addElements(MARKS, List.of(ELEMENT))
                    .commit();
            Nft.apply("delete table inet events");

            var seen = new ArrayList<NftEvent>();
            Await.until(() -> "both transactions in " + seen, Await.SOON, () -> {
                events.drain(100, seen::add);
                return seen.stream()
                                .filter(NftEvent.Generation.class::isInstance)
                                .count()
                        == 2;
            });
            int us = nftables.portId();
            assertThat(seen)
                    .startsWith(
                            new NftEvent.TableChanged(true, TABLE, us),
                            new NftEvent.SetChanged(true, MARKS, us),
                            new NftEvent.ChainChanged(true, chain, us))
                    .contains(new NftEvent.ElementsChanged(true, "marks", List.of(ELEMENT), us));
            assertThat(seen)
                    .anySatisfy(event -> assertThat(event)
                            .isInstanceOfSatisfying(
                                    NftEvent.RuleChanged.class,
                                    changed -> assertThat(changed.rule().withoutState())
                                            .isEqualTo(rule)));
            var last = (NftEvent.Generation) seen.getLast();
            assertThat(last.processName()).isEqualTo("nft");
            assertThat(last.portId()).isNotEqualTo(us);
            assertThat(seen.stream().filter(event -> event instanceof NftEvent.TableChanged t && !t.added()))
                    .isNotEmpty();
        }
    }

    @Test
    void anElementThatGoesTellsItsLastFigures() throws Exception {
        try (var nftables = Nftables.open()) {
            nftables.transaction()
                    .add(TABLE)
                    .add(MARKS)
                    .addElements(MARKS, List.of(ELEMENT))
                    .commit();
            try (var events = Nftables.subscribe(TABLE)) {
                nftables.transaction()
                        .deleteElements(MARKS, List.of(Element.of(ELEMENT.key())))
                        .commit();
                var seen = new ArrayList<NftEvent>();
                events.drain(100, seen::add);
                assertThat(seen)
                        .first()
                        .isEqualTo(new NftEvent.ElementsChanged(false, "marks", List.of(ELEMENT), nftables.portId()));
            } finally {
                nftables.transaction().delete(TABLE).commit();
            }
        }
    }

    @Test
    void otherTablesAreNotHeardOf() throws Exception {
        try (var events = Nftables.subscribe(TABLE)) {
            Nft.apply("""
                    table ip events { map m { type ipv4_addr : verdict; elements = { * : drop } }; }
                    table inet other { map m { type ipv4_addr : verdict; elements = { * : drop } }; }
                    delete table ip events
                    delete table inet other
                    """);
            var seen = new ArrayList<NftEvent>();
            events.drain(100, seen::add);
            assertThat(seen).hasOnlyElementsOfType(NftEvent.Generation.class);
        }
    }

    @Test
    void whatCannotBeReadCountsAsLost() throws Exception {
        Decoder<String> reads = (message, into) -> {
            throw new NetlinkException.Malformed("nothing that a test could read");
        };
        try (var events = Subscription.open(Protocol.NETFILTER, reads, "lost", NftablesConstants.NFNLGRP_NFTABLES)) {
            Nft.apply("add table inet events; delete table inet events");
            var seen = new ArrayList<String>();
            events.drain(100, seen::add);
            assertThat(seen).isNotEmpty().containsOnly("lost");
        }
    }

    @Test
    void overflowIsAnEventAndTheSubscriptionGoesOn() throws Exception {
        try (var nftables = Nftables.open();
                var events = Subscription.<NftEvent>open(
                        Protocol.NETFILTER,
                        (message, into) -> NftEvent.decode(message, TABLE, into),
                        new NftEvent.Lost(),
                        4096,
                        new int[] {NftablesConstants.NFNLGRP_NFTABLES})) {
            var elements = LongStream.rangeClosed(1, 5_000)
                    .mapToObj(id -> Element.of(Value.cgroup(id), Value.mark(1)))
                    .toList();
            nftables.transaction()
                    .add(TABLE)
                    .add(MARKS)
                    .addElements(MARKS, elements)
                    .commit();
            var seen = new ArrayList<NftEvent>();
            while (events.drain(100, seen::add)) {
                assertThat(seen).hasSizeLessThan(20_000);
            }
            assertThat(seen).contains(new NftEvent.Lost());

            seen.clear();
            nftables.transaction().delete(TABLE).commit();
            events.drain(1, seen::add);
            assertThat(seen).isNotEmpty().doesNotContain(new NftEvent.Lost());
        }
    }
}
