// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
    private static List<String> mapping(String header, long resident, long anonymous) {
        return List.of(
                header,
                "Size:               1024 kB",
                "Rss:                %d kB".formatted(resident),
                "Anonymous:          %d kB".formatted(anonymous),
                "VmFlags: rd mr mw me");
    }

    private static List<ResidentMemory.Clean> clean(String header, long resident, long anonymous) {
        return ResidentMemory.clean(mapping(header, resident, anonymous));
    }

    @Test
    void unchangedPagesOfAFileCanGo() {
        assertThat(clean("7f0000000000-7f0000100000 r-xp 00001000 fe:00 123  /usr/lib/x.so", 1024, 0))
                .containsExactly(new ResidentMemory.Clean(0x7f0000000000L, 0x7f0000100000L));
    }

    @Test
    void pagesThatWereChangedStay() {
        // The dynamic linker writes relocations and then takes the right to write away.
        assertThat(clean("7f0000000000-7f0000100000 r--p 00001000 fe:00 123  /usr/lib/x.so", 1024, 4))
                .isEmpty();
    }

    @Test
    void whatIsWritableSharedSmallOrOfNoFileStays() {
        assertThat(clean("7f0000000000-7f0000100000 rw-p 00001000 fe:00 123  /usr/lib/x.so", 1024, 0))
                .isEmpty();
        assertThat(clean("7f0000000000-7f0000100000 r--s 00001000 fe:00 123  /usr/lib/x.so", 1024, 0))
                .isEmpty();
        assertThat(clean("7f0000000000-7f0000100000 r--p 00001000 fe:00 123  /usr/lib/x.so", 100, 0))
                .isEmpty();
        assertThat(clean("7f0000000000-7f0000100000 r--p 00000000 00:00 0", 1024, 0))
                .isEmpty();
    }

    @Test
    void aMappingWithoutAFileDoesNotLendItsFiguresToTheOneBefore() {
        var smaps = new java.util.ArrayList<String>();
        smaps.add("7f0000000000-7f0000100000 r--p 00001000 fe:00 123  /usr/lib/x.so");
        smaps.addAll(mapping("7f0000100000-7f0000200000 r--p 00000000 00:00 0 ", 1024, 0));
        assertThat(ResidentMemory.clean(smaps)).isEmpty();
    }

    @Test
    void theProcessGoesOnAfterGivingBack() {
        assertThatCode(() -> {
                    ResidentMemory.giveBack();
                    ResidentMemory.giveBack();
                })
                .doesNotThrowAnyException();
        assertThat("still %s".formatted("alive")).isEqualTo("still alive");
    }
}
