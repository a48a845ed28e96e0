// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import sluice.bounds.Bounds;

class BuffersTest {
    @Test
    void whereThereIsNoMemoryThereIsNoBufferAndNothingElseFails() {
        var buffers = new Buffers(
                _ -> {
                    throw new OutOfMemoryError("for the test");
                },
                new Bounds(Bounds.Listener.NONE).add("slow-readers", 1));
        assertThatThrownBy(buffers::take)
                .isInstanceOf(NoBufferException.class)
                .hasMessageContaining("for the test")
                .hasMessageContaining("MaxDirectMemorySize");
    }
}
