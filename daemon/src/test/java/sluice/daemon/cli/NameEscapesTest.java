// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.ConfigurationReader;

class NameEscapesTest {
    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hosts: resolve dns",
                "hosts:  mymachines resolve [!UNAVAIL=return] files myhostname dns # as systemd wants it",
                "\thosts:files resolve"
            })
    void resolveBeforeDnsGoesPastSluiceWhereResolvedListens(String line) throws Exception {
        write("etc/nsswitch.conf", "passwd: files\n#hosts: dns\n" + line + "\n");
        assertThat(new NameEscapes(root).find()).isEmpty();
        write("run/systemd/resolve/io.systemd.Resolve", "");
        assertThat(new NameEscapes(root).find())
                .singleElement()
                .asString()
                .contains("/run/systemd/resolve/io.systemd.Resolve", "'resolve'", "127.0.0.53");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hosts: files dns",
                "hosts: files dns resolve",
                "#hosts: resolve dns",
                "hosts: files [resolve=return] dns",
                "networks: resolve"
            })
    void whoeverAsksByDnsFirstComesToSluice(String line) throws Exception {
        write("etc/nsswitch.conf", line + "\n");
        write("run/systemd/resolve/io.systemd.Resolve", "");
        assertThat(new NameEscapes(root).find()).isEmpty();
    }

    @Test
    void nscdAsksInItsOwnName() throws Exception {
        write("run/nscd/socket", "");
        assertThat(new NameEscapes(root).find())
                .singleElement()
                .asString()
                .contains("/run/nscd/socket", "enable-cache hosts no");
    }

    @ParameterizedTest
    @CsvSource({
        "fake-ip, 'proxy: direct', true",
        "real, 'proxy: direct', true",
        "off, 'proxy: direct', false",
        "real, 'direct: true', false"
    })
    void namesMatterWhereSomebodyIsProxiedAndSluiceAnswers(String mode, String target, boolean matter)
            throws Exception {
        var file = Files.writeString(
                root.resolve("config.yaml"),
                "version: 1\ndns: {mode: " + mode + "}\nrules: [{match: ^/a$, " + target + "}]\n");
        var reading = new ConfigurationReader(name -> OptionalInt.empty()).read(file);
        assertThat(NameEscapes.matter(reading.configuration())).isEqualTo(matter);
    }

    private void write(String file, String content) throws Exception {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), content);
    }
}
