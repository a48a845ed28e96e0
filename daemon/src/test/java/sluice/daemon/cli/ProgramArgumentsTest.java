// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.linux.KernelString;

class ProgramArgumentsTest {
    @TempDir
    Path directory;

    @Test
    void bytesThatAreNoTextAreThoseOfTheCommandLine() throws Exception {
        var line = Files.writeString(
                directory.resolve("cmdline"), "java\0-m\0sluice\0run\0--direct\0\0caf\u00e9\0plain\0", ISO_8859_1);
        var exact = ProgramArguments.exact(new String[] {"run", "--direct", "", "caf\uFFFD", "plain"}, line);
        assertThat(exact).hasSize(5).startsWith("run", "--direct", "").endsWith("plain");
        assertThat(KernelString.encode(exact[3])).isEqualTo("caf\u00e9".getBytes(ISO_8859_1));
    }

    @Test
    void argumentsThatAreTextAreTakenAsTheyAre() throws Exception {
        var arguments = new String[] {"run", "früh"};
        assertThat(ProgramArguments.exact(arguments, directory.resolve("none"))).isSameAs(arguments);
    }
}
