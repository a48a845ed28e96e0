// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SysctlFileTest {
    @Test
    void aSettingIsReadAsAWhole() throws Exception {
        assertThat(SysctlFile.read(Path.of("/proc/sys/net/ipv4/ip_local_port_range")))
                .matches("[0-9]{1,5}\\s+[0-9]{1,5}");
        assertThat(SysctlFile.read(Path.of("/proc/sys/kernel/ostype"))).isEqualTo("Linux");
    }
}
