// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceLockTest {
    private static final String NAMESPACE = "net:[4026531840]";

    @Test
    void theKernelTellsWhichProcessHoldsTheLock(@TempDir Path directory) throws Exception {
        assertThat(InstanceLock.holder(directory, NAMESPACE)).isEmpty();
        try (var _ = InstanceLock.acquire(directory, NAMESPACE)) {
            assertThat(InstanceLock.holder(directory, NAMESPACE))
                    .contains(ProcessHandle.current().pid());
            assertThat(InstanceLock.holder(directory, "net:[4026531841]")).isEmpty();
        }
        assertThat(InstanceLock.holder(directory, NAMESPACE)).isEmpty();
    }
}
