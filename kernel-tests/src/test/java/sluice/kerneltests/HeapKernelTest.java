// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sluice.testkit.Command;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** How much the launcher lets the heap take. */
@KernelTest
class HeapKernelTest {
    private static final Pattern HEAP = Pattern.compile("\\bMaxHeapSize += (\\d+) ");
    private static final long MIB = 1 << 20;

    @Test
    void theHeapTakesHalfOfTheMemoryOfASmallMachine(Lab lab) throws Exception {
        assertThat(heap(onMachine(lab, 256))).isEqualTo(128 * MIB);
    }

    @Test
    void theHeapTakesNoMoreOfALargeMachineThanItsDefault(Lab lab) throws Exception {
        assertThat(heap(onMachine(lab, 16_384))).isEqualTo(512 * MIB);
    }

    @Test
    void theEnvironmentSetsAnotherLimitOfTheHeap(Lab lab) throws Exception {
        assertThat(heap(onMachine(lab, 16_384).with("SLUICE_HEAP", "40m"))).isEqualTo(40 * MIB);
        assertThat(heap(onMachine(lab, 256).with("SLUICE_HEAP", "1g"))).isEqualTo(1024 * MIB);
    }

    @Test
    void aLimitThatIsNoSizeIsNamed(Lab lab) throws Exception {
        for (var wrong : new String[] {"lots", "1.5g", "-1m", "12x", "m"}) {
            var said = onMachine(lab, 256).with("SLUICE_HEAP", wrong).attempt();
            assertThat(said.status()).as(wrong).isEqualTo(2);
            assertThat(said.err()).contains("SLUICE_HEAP=" + wrong).contains("such as 256m");
        }
    }

    /** The launcher where the JVM finds so much memory; it says its settings. The JVM reads this variable last. */
    private static Command onMachine(Lab lab, int mebibytes) throws IOException {
        return lab.here()
                .command(SluiceDaemon.program(), "--version")
                .with("_JAVA_OPTIONS", "-XX:MaxRAM=" + mebibytes + "m -XX:+PrintFlagsFinal -XX:+DisplayVMOutput");
    }

    private static long heap(Command command) throws IOException {
        var said = command.run().out();
        var found = HEAP.matcher(said);
        assertThat(found.find()).as(said).isTrue();
        return Long.parseLong(found.group(1));
    }
}
