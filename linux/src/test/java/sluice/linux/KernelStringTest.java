// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KernelStringTest {
    @Test
    void anyBytesSurviveTheWayThereAndBack() {
        var random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            var bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            assertThat(KernelString.encode(KernelString.decode(bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void validUtf8IsOrdinaryText() {
        var text = "app-grün-日本-😀.service";
        assertThat(KernelString.decode(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
        assertThat(KernelString.encode(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(KernelString.printable(text)).isEqualTo(text);
    }

    @Test
    void differentInvalidNamesStayDifferent() {
        assertThat(KernelString.decode(new byte[] {(byte) 0xFF}))
                .isNotEqualTo(KernelString.decode(new byte[] {(byte) 0xFE}));
        // A surrogate in UTF-8 is no valid UTF-8, so it cannot pretend to be an escape.
        var forged = new byte[] {(byte) 0xED, (byte) 0xB3, (byte) 0xBF};
        assertThat(KernelString.encode(KernelString.decode(forged))).isEqualTo(forged);
    }

    @Test
    void aNameCannotForgeALineOrAnEscapeSequence() {
        var hostile = KernelString.decode(new byte[] {'a', '\n', 0x1B, '[', (byte) 0xFF});
        assertThat(KernelString.printable(hostile)).isEqualTo("a\\x0a\\x1b[\\xff");
        assertThat(KernelString.printable("a\u202eb")).isEqualTo("a\\u202eb");
    }
}
