// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.netlink.NetlinkException;
import sluice.testkit.KernelTest;

/** Sets, maps, elements and failures, against the kernel and what nft prints of them. */
@KernelTest
class ElementKernelTest {
    private static final Table TABLE = Table.inet("lab");
    private static final NftSet MARKS = TABLE.map("marks", DataType.CGROUP, DataType.MARK);

    private Nftables nftables;

    @BeforeEach
    void open() throws Exception {
        nftables = Nftables.open();
        nftables.transaction().create(TABLE).add(MARKS).commit();
    }

    @AfterEach
    void remove() throws Exception {
        try (var _ = nftables) {
            nftables.transaction().add(TABLE).delete(TABLE).commit();
        }
    }

    private static Value address(String literal) {
        return Value.address(InetAddress.ofLiteral(literal));
    }

    private static Element mark(long cgroup, int mark) {
        return Element.of(Value.cgroup(cgroup), Value.mark(mark));
    }

    @Test
    void intervalsListAsPrefixesUpToTheLastAddress() throws Exception {
        var set = TABLE.set("bypass4", DataType.IPV4_ADDRESS).withFlags(NftSet.INTERVAL);
        var elements = new ArrayList<Element>();
        elements.addAll(Element.interval(address("10.0.0.1"), address("10.0.0.1")));
        elements.addAll(Element.interval(address("127.0.0.0"), address("127.255.255.255")));
        elements.addAll(Element.interval(address("240.0.0.0"), address("255.255.255.255")));
        nftables.transaction().add(set).addElements(set, elements).commit();

        assertThat(Nft.run("", "nft", "list", "set", "inet", "lab", "bypass4"))
                .containsSubsequence("10.0.0.1,", "127.0.0.0/8,", "240.0.0.0/4 }");
        assertThat(nftables.elements(set)).containsExactlyInAnyOrderElementsOf(elements);
    }

    @Test
    void theWholeAddressSpaceIsOneInterval() throws Exception {
        var set = TABLE.set("bypass6", DataType.IPV6_ADDRESS).withFlags(NftSet.INTERVAL);
        var all = Element.interval(address("::"), address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        nftables.transaction().add(set).addElements(set, all).commit();
        assertThat(Nft.run("", "nft", "list", "set", "inet", "lab", "bypass6")).contains("elements = { ::/0 }");
    }

    @Test
    void commentsTimeoutsAndFiguresSurvive() throws Exception {
        var set = TABLE.set("seen", DataType.concatenation(DataType.IPV4_ADDRESS, DataType.INET_SERVICE))
                .withTimeout(300_000)
                .withCounter()
                .withComment("recent flows");
        var element = Element.of(Value.concatenation(address("192.0.2.1"), Value.port(80)))
                .withComment("web")
                .withTimeout(3_600_000)
                .withCounter(new Counter(7, 900));
        nftables.transaction().add(set).addElements(set, List.of(element)).commit();

        assertThat(Nft.run("", "nft", "list", "set", "inet", "lab", "seen"))
                .contains("type ipv4_addr . inet_service")
                .contains("counter")
                .contains("timeout 5m")
                .contains("comment \"recent flows\"")
                .contains("192.0.2.1 . 80 counter packets 7 bytes 900 timeout 1h expires")
                .contains("comment \"web\"");
        var dumped = nftables.element(set, element.key());
        assertThat(dumped.counter()).isEqualTo(new Counter(7, 900));
        assertThat(dumped.expiresMillis()).isBetween(3_500_000L, 3_600_000L);
        assertThat(dumped.withoutState()).isEqualTo(element.withoutState());
        assertThat(nftables.sets(TABLE)).contains(set);
    }

    @Test
    void verdictMapsHoldVerdicts() throws Exception {
        var verdicts = TABLE.map("verdicts", DataType.MARK, DataType.VERDICT);
        nftables.transaction()
                .add(verdicts)
                .addElements(
                        verdicts,
                        List.of(
                                Element.of(Value.mark(1), Verdict.RETURN).withComment("/app.slice"),
                                Element.of(Value.mark(2), Verdict.DROP)))
                .commit();
        assertThat(Nft.run("", "nft", "list", "map", "inet", "lab", "verdicts"))
                .contains("type mark : verdict")
                .contains("0x00000001 comment \"/app.slice\" : return")
                .contains("0x00000002 : drop");
        assertThat(nftables.element(verdicts, Value.mark(2)).data()).isEqualTo(Verdict.DROP);
    }

    @Test
    void theElementForEverythingElseHasNoKey() throws Exception {
        var verdicts = TABLE.map("verdicts", DataType.MARK, DataType.VERDICT);
        var others = Element.catchAll(Verdict.DROP);
        nftables.transaction().add(verdicts).commit();
        Nft.apply("add element inet lab verdicts { 0x1 : return, * : drop }");
        assertThat(nftables.elements(verdicts))
                .containsExactlyInAnyOrder(Element.of(Value.mark(1), Verdict.RETURN), others);
        nftables.transaction()
                .flush(verdicts)
                .addElements(verdicts, List.of(others))
                .commit();
        assertThat(Nft.run("", "nft", "list", "map", "inet", "lab", "verdicts")).contains("elements = { * : drop }");
    }

    @Test
    void tablesAndChainsKeepTheirComments() throws Exception {
        var table = Table.inet("commented").withComment("made by a test");
        var chain = table.chain("kept").withComment("flows that keep their verdict");
        nftables.transaction().add(table).add(chain).commit();
        try {
            assertThat(Nft.list(table)).contains("comment \"made by a test\"").contains("flows that keep");
            assertThat(nftables.tables()).contains(table);
            assertThat(nftables.chains(table)).containsExactly(chain);
        } finally {
            nftables.transaction().delete(table).commit();
        }
    }

    @Test
    void aHundredThousandElementsAreOneTransaction() throws Exception {
        var elements = LongStream.rangeClosed(1, 100_000)
                .mapToObj(id -> mark(id, 3000).withComment("/user.slice/user-1000.slice/app-" + id + ".scope"))
                .toList();
        int before = nftables.generation();
        nftables.transaction().addElements(MARKS, elements).commit();
        assertThat(nftables.generation()).isEqualTo(before + 1);
        var dumped = nftables.elements(MARKS);
        assertThat(dumped).hasSameSizeAs(elements);
        assertThat(Set.copyOf(dumped).equals(Set.copyOf(elements))).isTrue();

        nftables.transaction().flush(MARKS).commit();
        assertThat(nftables.elements(MARKS)).isEmpty();
    }

    @Test
    void aFailureNamesTheElementAndNothingIsChanged() throws Exception {
        nftables.transaction().addElements(MARKS, List.of(mark(1234, 1))).commit();
        var elements =
                LongStream.rangeClosed(1, 5_000).mapToObj(id -> mark(id, 2)).toList();
        assertThatExceptionOfType(NetlinkException.Exists.class)
                .isThrownBy(() ->
                        nftables.transaction().addElements(MARKS, elements).commit())
                .withMessageContaining("add element " + Value.cgroup(1234) + " : " + Value.mark(2)
                        + " to map marks of inet lab: EEXIST");
        assertThat(nftables.elements(MARKS)).containsExactly(mark(1234, 1));
    }

    @Test
    void whatIsNotThereIsAbsent() {
        assertThatExceptionOfType(NetlinkException.Absent.class)
                .isThrownBy(() -> nftables.transaction()
                        .addElements(MARKS, List.of(mark(1, 1)))
                        .deleteElements(MARKS, List.of(mark(99, 1)))
                        .commit())
                .withMessageStartingWith(
                        "delete element " + Value.cgroup(99) + " : " + Value.mark(1) + " from map marks of inet lab")
                .withMessageContaining("ENOENT");
        assertThatExceptionOfType(NetlinkException.Absent.class)
                .isThrownBy(() -> nftables.elements(TABLE.set("nowhere", DataType.MARK)))
                .withMessageContaining("list elements of set nowhere of inet lab: ENOENT");
        assertThatExceptionOfType(NetlinkException.Absent.class)
                .isThrownBy(() -> nftables.element(MARKS, Value.cgroup(5)));
        assertThatExceptionOfType(NetlinkException.Exists.class)
                .isThrownBy(() -> nftables.transaction().create(TABLE).commit());
    }

    @Test
    void aTransactionPlannedOnAnOldRulesetIsBusy() throws Exception {
        int generation = nftables.generation();
        nftables.transaction(generation).addElements(MARKS, List.of(mark(1, 1))).commit();
        assertThatExceptionOfType(NetlinkException.Busy.class)
                .isThrownBy(() -> nftables.transaction(generation)
                        .addElements(MARKS, List.of(mark(2, 1)))
                        .commit())
                .withMessageContaining("ERESTART");
        assertThat(nftables.elements(MARKS)).containsExactly(mark(1, 1));
    }

    @Test
    void dataOfAnElementChangesInOneTransaction() throws Exception {
        nftables.transaction().addElements(MARKS, List.of(mark(1, 1))).commit();
        nftables.transaction()
                .deleteElements(MARKS, List.of(mark(1, 1)))
                .addElements(MARKS, List.of(mark(1, 2)))
                .commit();
        assertThat(nftables.elements(MARKS)).containsExactly(mark(1, 2));
    }

    @Test
    void rulesAreInsertedReplacedAndDeletedByHandle() throws Exception {
        var chain = TABLE.chain("c");
        var first = Rule.in(chain).setMark(1).build();
        var second = Rule.in(chain).setMark(2).build();
        var third = Rule.in(chain).setMark(3).build();
        nftables.transaction().add(chain).add(second).insert(first).commit();
        long handle = nftables.rules(TABLE).get(1).handle();
        nftables.transaction().insert(third, handle).commit();
        assertThat(withoutState()).containsExactly(first, third, second);
        nftables.transaction().replace(first, handle).commit();
        assertThat(withoutState()).containsExactly(first, third, first);
        nftables.transaction().delete(nftables.rules(TABLE).getFirst()).commit();
        assertThat(withoutState()).containsExactly(third, first);
        nftables.transaction().flush(chain).delete(chain).commit();
        assertThat(nftables.chains(TABLE)).isEmpty();
    }

    private List<Rule> withoutState() throws Exception {
        return nftables.rules(TABLE).stream().map(Rule::withoutState).toList();
    }

    @Test
    void adoptsWhatAnotherProgramLeftInOneTransaction() throws Exception {
        Nft.apply("""
                table inet lab {
                    chain x { type filter hook output priority 0;
                        udp dport { 53, 54 } drop
                    }
                }
                """);
        nftables.transaction().add(TABLE).delete(TABLE).add(TABLE).add(MARKS).commit();
        assertThat(nftables.chains(TABLE)).isEmpty();
        assertThat(nftables.sets(TABLE)).containsExactly(MARKS);
    }

    @Test
    void aCommittedTransactionIsOver() throws Exception {
        var transaction = nftables.transaction();
        transaction.commit();
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> transaction.add(TABLE));
    }
}
