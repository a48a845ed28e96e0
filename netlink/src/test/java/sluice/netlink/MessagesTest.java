// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class MessagesTest {
    private static ByteBuffer bytes(int... words) {
        var buffer = ByteBuffer.allocate(words.length * 4).order(ByteOrder.nativeOrder());
        for (int word : words) {
            buffer.putInt(word);
        }
        return buffer.flip();
    }

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        var writer = new MessageWriter(16);
        writer.begin(7, 5, 99).netfilterHeader(2, 10);
        writer.u8(1, 0xfe).u32(2, 0x12345678).u32Big(3, 0x12345678).u64Big(4, 0x123456789abcdef0L);
        int nested = writer.beginNested(5);
        writer.string(6, "marks").string(7, "größe").bytes(8, new byte[] {1, 2, 3});
        writer.endNested(nested);
        writer.end();
        writer.begin(8, 0, 100).end();

        var messages = new Messages(writer.written());
        assertThat(messages.next()).isTrue();
        assertThat(messages.type()).isEqualTo(7);
        assertThat(messages.flags()).isEqualTo(5);
        assertThat(messages.sequence()).isEqualTo(99);
        assertThat(messages.header8(0)).isEqualTo(2);
        assertThat(messages.header16Big(2)).isEqualTo(10);
        var attributes = messages.attributes(4);
        assertThat(attributes.next()).isTrue();
        assertThat(attributes.u8()).isEqualTo(0xfe);
        assertThat(attributes.next()).isTrue();
        assertThat(attributes.u32()).isEqualTo(0x12345678);
        assertThat(attributes.next()).isTrue();
        assertThat(attributes.u32Big()).isEqualTo(0x12345678);
        assertThat(attributes.next()).isTrue();
        assertThat(attributes.u64Big()).isEqualTo(0x123456789abcdef0L);
        assertThat(attributes.next()).isTrue();
        assertThat(attributes.type()).isEqualTo(5);
        var inner = attributes.nested();
        assertThat(inner.next()).isTrue();
        assertThat(inner.string()).isEqualTo("marks");
        assertThat(inner.next()).isTrue();
        assertThat(inner.string()).isEqualTo("größe");
        assertThat(inner.next()).isTrue();
        assertThat(inner.bytes()).containsExactly(1, 2, 3);
        assertThat(inner.next()).isFalse();
        assertThat(attributes.next()).isFalse();
        assertThat(messages.next()).isTrue();
        assertThat(messages.sequence()).isEqualTo(100);
        assertThat(messages.payloadLength()).isZero();
        assertThat(messages.next()).isFalse();
    }

    @Test
    void anAttributeThatDoesNotFitSixteenBitsIsRefused() {
        var writer = new MessageWriter(16).begin(1, 0, 1);
        int nested = writer.beginNested(1);
        var block = new byte[40_000];
        writer.bytes(2, block).bytes(2, block);
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> writer.endNested(nested));
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> writer.bytes(2, new byte[70_000]));
    }

    @Test
    void messagesWhoseLengthDoesNotFitAreMalformed() {
        for (int length : new int[] {0, 15, 17, 4096, -1, Integer.MIN_VALUE}) {
            assertThatExceptionOfType(NetlinkException.Malformed.class)
                    .as("length %d", length)
                    .isThrownBy(() -> new Messages(bytes(length, 0, 0, 0)).next());
        }
        assertThatExceptionOfType(NetlinkException.Malformed.class).isThrownBy(() -> new Messages(bytes(16, 0)).next());
    }

    @Test
    void attributesWhoseLengthDoesNotFitAreMalformed() {
        for (int length : new int[] {0, 3, 9, 65_535}) {
            assertThatExceptionOfType(NetlinkException.Malformed.class)
                    .as("length %d", length)
                    .isThrownBy(() -> new Attributes(bytes(length, 0), 0, 8).next());
        }
    }

    @Test
    void aValueShorterThanItsTypeIsMalformed() throws Exception {
        var attributes = new Attributes(bytes(4), 0, 4);
        assertThat(attributes.next()).isTrue();
        assertThatExceptionOfType(NetlinkException.Malformed.class).isThrownBy(attributes::u8);
        assertThatExceptionOfType(NetlinkException.Malformed.class).isThrownBy(attributes::u32Big);
        assertThatExceptionOfType(NetlinkException.Malformed.class).isThrownBy(attributes::u64);
    }

    @Test
    void errorsKeepTheKernelsTextAndTheOffendingPlace() throws Exception {
        var writer = new MessageWriter(64);
        writer.begin(NetlinkConstants.NLMSG_ERROR, NetlinkConstants.NLM_F_CAPPED | NetlinkConstants.NLM_F_ACK_TLVS, 5);
        writer.raw32(-95).raw32(400).raw32(0).raw32(5).raw32(0);
        writer.string(NetlinkConstants.NLMSGERR_ATTR_MSG, "no such thing").u32(NetlinkConstants.NLMSGERR_ATTR_OFFS, 44);
        writer.end();
        var messages = new Messages(writer.written());
        messages.next();
        var answer = Acknowledgement.of(messages);
        assertThat(answer).isEqualTo(new Acknowledgement(95, "no such thing", 44));
        assertThat(answer.failure("add chain x"))
                .isInstanceOf(NetlinkException.Unsupported.class)
                .hasMessageStartingWith("add chain x: EOPNOTSUPP: no such thing: ");
    }
}
