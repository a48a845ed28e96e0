// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** Who does not want names answered pays nothing for it: asked of the daemon's own JVM, which lists its classes. */
@KernelTest
class WithoutDnsKernelTest {
    /** What answers queries, speaks DNS on the wire, and keeps fake IPs. */
    private static final List<String> DNS =
            List.of("sluice.dns.Dns", "sluice.dns.Answer", "sluice.dns.fake.", "io.netty.", "org.h2.");

    @ParameterizedTest
    @ValueSource(strings = {"", "dns: {mode: 'off'}\n"})
    void nothingOfItIsInUse(String dns, Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(configuration(dns));
            carry(machine);
            assertThat(inUse(lab, daemon))
                    .contains("sluice.engine.Engine")
                    .filteredOn(name -> DNS.stream().anyMatch(name::startsWith))
                    .isEmpty();
        }
    }

    @Test
    void itsClassesAreSeenWhenItIs(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var file = lab.directory().resolve("fakes");
            var daemon = machine.apply(configuration("dns: {mode: fake-ip, file: %s}\n".formatted(file)));
            // Netty's wait for the first query.
            assertThat(List.of("sluice.dns.Dns", "org.h2."))
                    .allSatisfy(start -> assertThat(inUse(lab, daemon)).anyMatch(name -> name.startsWith(start)));
        }
    }

    private static Machine machine(Lab lab) throws Exception {
        var machine = Machine.with(lab, "app");
        Answer.start(machine.internet(), "net", Transport.TCP, 8080);
        return machine;
    }

    private static String configuration(String dns) {
        return Machine.BYPASS + dns + "rules: [{match: ^/app$, proxy: direct}]\n";
    }

    private static void carry(Machine machine) throws Exception {
        try (var download = machine.download("app", Internet.SERVER4, 8080)) {
            download.awaitProgress();
        }
    }

    /** Classes that were initialized: the program's cache links all that it has before anything runs, and lambdas are more than that there. */
    private static List<String> inUse(Lab lab, SluiceDaemon daemon) throws Exception {
        var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        var classes =
                lab.here().run(jcmd, Long.toString(daemon.pid()), "VM.classes").out();
        return classes.lines()
                .filter(line -> line.contains("fully_initialized"))
                .map(WithoutDnsKernelTest::lastWord)
                .filter(name -> !name.contains("$$Lambda"))
                .toList();
    }

    private static String lastWord(String line) {
        var text = line.strip();
        return text.substring(text.lastIndexOf(' ') + 1);
    }
}
