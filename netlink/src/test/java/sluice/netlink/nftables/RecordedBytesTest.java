// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import sluice.netlink.MessageWriter;

/** What we send beside what nft 1.0.6 sends for the same text (recorded with strace on a little-endian machine). */
class RecordedBytesTest {
    private static final Table TABLE = Table.inet("sluice");
    private static final Chain OUTPUT = TABLE.chain("output");

    @BeforeAll
    static void recordedOnLittleEndian() {
        assertThat(ByteOrder.nativeOrder()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    private static String written(Consumer<MessageWriter> body) {
        var writer = new MessageWriter(1024);
        body.accept(writer);
        var bytes = new byte[writer.position()];
        writer.written().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The attribute NFTA_RULE_EXPRESSIONS without its header. */
    private static String expressions(RuleBuilder rule) {
        return written(writer -> Expression.encodeList(writer, 4, rule.build().expressions()))
                .substring(8);
    }

    @Test
    void ctDirectionReplyReturn() {
        assertThat(expressions(Rule.in(OUTPUT).ctReply().verdict(Verdict.RETURN)))
                .isEqualTo("20000180070001006374000014000280080002000000000108000100000000012c00018008000100636d7000"
                        + "20000280080001000000000108000200000000000c0003800500010001000000300001800e000100696d6d6564"
                        + "696174650000001c0002800800010000000000100002800c00028008000100fffffffb");
    }

    @Test
    void metaMark3000SetsThreeBytesOfTheCtMark() {
        assertThat(expressions(Rule.in(OUTPUT).mark(3000).setCtMark(0xff000000, 0x01000000)))
                .isEqualTo("24000180090001006d6574610000000014000280080002000000000308000100000000012c00018008000100"
                        + "636d700020000280080001000000000108000200000000000c00038008000100b80b0000200001800700010063"
                        + "74000014000280080002000000000308000100000000014c0001800c00010062697477697365003c0002800800"
                        + "0100000000010800020000000001080006000000000008000300000000040c00048008000100ffffff000c0005"
                        + "800800010000000001200001800700010063740000140002800800020000000003080004000000000"
                        + "1");
    }

    @Test
    void tcpFlagsWithoutASynReturn() {
        int flags = RuleBuilder.FIN | RuleBuilder.SYN | RuleBuilder.RST | RuleBuilder.ACK;
        assertThat(expressions(
                        Rule.in(OUTPUT).tcpFlagsNot(flags, RuleBuilder.SYN).verdict(Verdict.RETURN)))
                .isEqualTo("24000180090001006d6574610000000014000280080002000000001008000100000000012c00018008000100"
                        + "636d700020000280080001000000000108000200000000000c0003800500010006000000340001800c00010070"
                        + "61796c6f6164002400028008000100000000010800020000000002080003000000000d08000400000000014c00"
                        + "01800c00010062697477697365003c000280080001000000000108000200000000010800060000000000080003"
                        + "00000000010c00048005000100170000000c00058005000100000000002c00018008000100636d700020000280"
                        + "080001000000000108000200000000010c0003800500010002000000300001800e000100696d6d656469617465"
                        + "0000001c0002800800010000000000100002800c00028008000100fffffffb");
    }

    @Test
    void fibDaddrTypeLocalReturn() {
        assertThat(expressions(Rule.in(OUTPUT).destinationLocal().verdict(Verdict.RETURN)))
                .isEqualTo("2800018008000100666962001c0002800800030000000002080002000000000308000100000000012c000180"
                        + "08000100636d700020000280080001000000000108000200000000000c0003800800010002000000300001800e"
                        + "000100696d6d6564696174650000001c0002800800010000000000100002800c00028008000100fffffffb");
    }

    @Test
    void rejectWithIcmpxAdminProhibited() {
        assertThat(expressions(Rule.in(OUTPUT).rejectIcmpx(Reject.ICMPX_ADMIN_PROHIBITED)))
                .isEqualTo("240001800b00010072656a65637400001400028008000100000000020500020003000000");
    }

    @Test
    void aBaseChainOfTypeRoute() {
        var chain = TABLE.baseChain("output", new BaseChain(BaseChain.Type.ROUTE, Hook.OUTPUT, -150, Verdict.ACCEPT));
        assertThat(written(chain::encode))
                .startsWith("01000000" + "0b000100736c7569636500" + "00" + "0b0003006f757470757400" + "00")
                .contains("14000480" + "0800010000000003" + "08000200ffffff6a")
                .contains("0800050000000001")
                .contains("0a000700726f75746500");
    }

    @Test
    void aMapOfMarksPerCgroupThatCounts() {
        var marks = TABLE.map("marks", DataType.CGROUP, DataType.MARK).withCounter();
        assertThat(written(writer -> marks.encode(writer, 5, 0)))
                .isEqualTo("01000000" + "0b000100736c756963650000" + "0a0002006d61726b73000000"
                        + "0800030000000008" + "080004000000002e" + "0800050000000008"
                        + "0800060000000013" + "0800070000000004" + "08000a0000000005"
                        + "16000d00" + "000401000000" + "010401000000" + "060400000000" + "0000"
                        + "14001180" + "0c000100636f756e74657200" + "04000280");
    }

    @Test
    void anElementWithACommentAndAMark() {
        var element = Element.of(Value.mark(0x01000000), Value.mark(3000)).withComment("c");
        assertThat(written(element::encode))
                .isEqualTo("24000180" + "0c00018008000100" + "00000001" + "0c00028008000100" + "b80b0000" + "08000600"
                        + "00026300");
    }

    @Test
    void anIntervalThatReachesTheLastAddressIsMarkedOpen() {
        var open = Element.interval(
                        Value.address(InetAddress.ofLiteral("240.0.0.0")),
                        Value.address(InetAddress.ofLiteral("255.255.255.255")))
                .getFirst();
        assertThat(written(open::encode))
                .isEqualTo("1c000180" + "0c00018008000100" + "f0000000" + "0a000600" + "010401000000" + "0000");
    }

    @Test
    void commentsThatNftCouldNotReadBackAreRefusedOrMadeFit() {
        var path = "/user.slice/" + "x".repeat(200) + "/app\"1\".scope";
        var fitted = Element.of(Value.mark(1)).withFittingComment(path).comment();
        assertThat(fitted).hasSize(127).startsWith("...").endsWith("/app?1?.scope");
        // A control character of C1, one that turns the direction of text, one without width, the end of a line.
        var unseen = Element.of(Value.mark(1)).withFittingComment("/a\u009b2J\u202eb\u200bc\u2028d");
        assertThat(unseen.comment()).isEqualTo("/a?2J?b?c?d");
        for (var bad : List.of("x".repeat(128), "a\"b", "a\nb", "ü".repeat(64), "a\u009bb", "a\u202eb")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Element.of(Value.mark(1)).withComment(bad));
        }
    }
}
