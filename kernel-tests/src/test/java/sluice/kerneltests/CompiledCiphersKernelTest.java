// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.testkit.Await;
import sluice.testkit.HttpsProxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Which of the JVM's compilers takes what, in the program as it is installed: docs/adr/0009. */
@KernelTest
class CompiledCiphersKernelTest {
    private static final String CIPHERS = "com.sun.crypto.provider.";
    private static final int PORT = 8443;
    /** Two thousand TLS records. */
    private static final int BYTES = 32_000_000;

    /** A line of -Xlog:jit+compilation: number, flags, level, CLASS::METHOD. Level 4 is C2's, level 1 the last of C1's. */
    private static final Pattern COMPILED = Pattern.compile(" ([1-4]) +([\\w.$]+)::");

    @ParameterizedTest
    @CsvSource({
        "TLS_AES_128_GCM_SHA256, GaloisCounterMode",
        "TLS_AES_256_GCM_SHA384, GaloisCounterMode",
        "TLS_CHACHA20_POLY1305_SHA256, ChaCha20Cipher"
    })
    void theSecondCompilerTakesCiphersAndNothingElse(String suite, String cipher, Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            var proxy = HttpsProxy.start(
                    machine.internet(), Internet.OTHER4, PORT, List.of("ssl-default-bind-ciphersuites " + suite));
            var log = lab.directory().resolve("compiled");
            var file = SluiceDaemon.write(
                    lab,
                    machine.cgroups(),
                    Machine.BYPASS + """
                    outbounds: {office: {type: http, server: '%s:%d', tls: {ca: '%s', sni: %s}}}
                    rules: [{match: ^/proxied$, proxy: office}]
                    """.formatted(Internet.OTHER4, PORT, proxy.authority(), HttpsProxy.NAME));
            // The JVM reads this variable last: the launcher switches off what others ask it to log.
            var environment = Map.of("_JAVA_OPTIONS", "-Xlog:jit+compilation=debug:file=" + log);
            try (var daemon = SluiceDaemon.launch(lab, file, environment, List.of())) {
                daemon.awaitReady();
                Await.until(cipher + " compiled by C2, as " + log + " tells", Await.SOON, () -> {
                    download(machine);
                    return classes(log, '4').stream().anyMatch(name -> name.startsWith(CIPHERS + cipher));
                });
                assertThat(classes(log, '4')).allMatch(name -> name.startsWith(CIPHERS));
                assertThat(classes(log, '1')).anyMatch(name -> name.startsWith("sluice.engine."));
            }
        }
    }

    private static void download(Machine machine) throws IOException {
        var url = "http://" + Internet.SERVER4 + ":6000/";
        var line = "curl -sS --http0.9 '%s' | head -c %d | wc -c".formatted(url, BYTES);
        assertThat(machine.in("proxied", "sh", "-c", line).run().out().strip()).isEqualTo("" + BYTES);
    }

    private static Set<String> classes(Path log, char level) throws IOException {
        try (var lines = Files.lines(log)) {
            return lines.map(COMPILED::matcher)
                    .filter(found -> found.find() && found.group(1).charAt(0) == level)
                    .map(found -> found.group(2))
                    .collect(Collectors.toSet());
        }
    }
}
