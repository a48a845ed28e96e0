// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static sluice.netlink.nftables.NftablesConstants.NFNL_SUBSYS_NFTABLES;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/** Whatever arrives, decoding ends with values or with {@link NetlinkException.Malformed}. */
class HostileInputTest {
    private static final int ROUNDS = 50_000;
    private static final Table TABLE = Table.inet("sluice").withComment("hello");
    private static final NftSet MARKS =
            TABLE.map("marks", DataType.CGROUP, DataType.MARK).withTimeout(1000).withCounter();

    @Test
    void spoiledMessagesAreDecodedOrRefused() {
        var random = new Random(20_261_121);
        var originals = samples();
        int refused = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            int count = 0;
            for (int round = 0; round < ROUNDS; round++) {
                var bytes = originals.get(random.nextInt(originals.size())).clone();
                spoil(bytes, random);
                int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
                count += isDecoded(bytes, length) ? 0 : 1;
            }
            return count;
        });
        assertThat(refused).isBetween(1, ROUNDS - 1);
    }

    @Test
    void intactMessagesAreDecoded() {
        for (var sample : samples()) {
            assertThat(isDecoded(sample, sample.length)).isTrue();
        }
    }

    private static void spoil(byte[] bytes, Random random) {
        for (int n = random.nextInt(6); n >= 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes[at] = 0;
                default -> bytes[at] = (byte) (bytes[at] ^ 1 << random.nextInt(8));
            }
        }
    }

    private static boolean isDecoded(byte[] bytes, int length) {
        try {
            var messages = new Messages(ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.nativeOrder()));
            while (messages.next()) {
                NftEvent.decode(messages, TABLE, new ArrayList<>());
            }
            return true;
        } catch (NetlinkException.Malformed e) {
            return false;
        }
    }

    private static List<byte[]> samples() {
        var chain = TABLE.baseChain("nat", new BaseChain(BaseChain.Type.NAT, Hook.OUTPUT, -100, Verdict.ACCEPT));
        var rule = rule(chain);
        var element = Element.of(Value.cgroup(7), Value.mark(9))
                .withComment("/app.slice")
                .withTimeout(500)
                .withCounter(new Counter(1, 60));
        return List.of(
                message(NftablesConstants.NFT_MSG_NEWTABLE, TABLE::encode),
                message(NftablesConstants.NFT_MSG_NEWCHAIN, chain::encode),
                message(NftablesConstants.NFT_MSG_NEWSET, writer -> MARKS.encode(writer, 1, 0)),
                message(NftablesConstants.NFT_MSG_NEWRULE, writer -> {
                    rule.encodeName(writer);
                    rule.encodeBody(writer);
                }),
                message(NftablesConstants.NFT_MSG_NEWSETELEM, writer -> {
                    writer.netfilterHeader(1, 0);
                    writer.string(NftablesConstants.NFTA_SET_ELEM_LIST_TABLE, TABLE.name());
                    writer.string(NftablesConstants.NFTA_SET_ELEM_LIST_SET, "marks");
                    int list = writer.beginNested(NftablesConstants.NFTA_SET_ELEM_LIST_ELEMENTS);
                    element.encode(writer);
                    Element.catchAll(Value.mark(9)).encode(writer);
                    writer.endNested(list);
                }));
    }

    private static Rule rule(Chain chain) {
        return Rule.in(chain)
                .ctReply()
                .markNot(1, 0)
                .destination(TABLE.set("bypass4", DataType.IPV4_ADDRESS))
                .cgroupVerdict(3, MARKS)
                .destinationLocal()
                .expression(new Range(1, false, Value.port(1), Value.port(9)))
                .expression(new Dynset(Dynset.Operation.ADD, "marks", 1, 2, 1000))
                .expression(UnknownExpression.of("limit", new byte[] {8, 0, 1, 0, 0, 0, 0, 1}))
                .dnat(new InetSocketAddress(InetAddress.ofLiteral("::1"), 53))
                .tproxy(7893)
                .rejectTcpReset()
                .counter()
                .goTo(TABLE.chain("kept"))
                .comment("everything")
                .build();
    }

    private static byte[] message(int type, Consumer<MessageWriter> body) {
        var writer = new MessageWriter(4096);
        writer.begin(NFNL_SUBSYS_NFTABLES << 8 | type, 0, 1);
        body.accept(writer);
        writer.end();
        var bytes = new byte[writer.position()];
        writer.written().get(bytes);
        return bytes;
    }
}
