// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.rules.Configuration;
import sluice.rules.InvalidConfigurationException;

class ConfigurationSourceTest {
    @TempDir
    private Path directory;

    @Test
    void whatIsNotServedIsSaid() throws Exception {
        assertThat(source("api: {listen: '127.0.0.1:9090'}\n").load().warnings())
                .singleElement()
                .asString()
                .contains("api.listen: this version listens on ");
        assertThat(source("dns: {mode: fake-ip}\n").load().warnings()).isEmpty();
    }

    @Test
    void aMechanismThatIsNotThereIsRefused() throws Exception {
        assertThatThrownBy(() -> source("intercept: tc\n").load())
                .isInstanceOf(UnservedException.class)
                .hasMessageContaining("write nftables or auto");
    }

    @Test
    void aFileThatComesLaterIsFoundAndOneThatGoesIsMissed() throws Exception {
        var file = directory.resolve("config.yaml");
        var source = new ConfigurationSource(() -> choose(file), users());
        assertThat(source.load().configuration()).isEqualTo(Configuration.EVERYTHING_DIRECT);
        assertThat(source.load().warnings()).singleElement().asString().contains("everything goes direct");

        Files.writeString(file, "version: 1\nrules: [{match: /a, direct: true}]\n");
        var loaded = source.load();
        assertThat(loaded.configuration().rules()).hasSize(1);
        assertThat(loaded.files()).containsOnly(Map.entry(file, FileFingerprint.of(file)));

        Files.delete(file);
        assertThatThrownBy(source::load).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void whatIsReadIsKnownAsItWasBefore() throws Exception {
        var list = directory.resolve("list");
        var source = source("routes: [{domain-file: list, outbound: block}]\n");
        var file = directory.resolve("config.yaml");
        assertThatThrownBy(source::load).hasMessageContaining("list\": it does not exist");
        assertThat(source.seen())
                .containsOnly(Map.entry(file, FileFingerprint.of(file)), Map.entry(list, FileFingerprint.ABSENT));
        Files.writeString(list, "a.example\n");
        assertThat(source.load().files())
                .containsOnly(Map.entry(file, FileFingerprint.of(file)), Map.entry(list, FileFingerprint.of(list)));
    }

    @Test
    void usersAreLookedUpAnewWhateverTheEncodingOfTheRest() throws Exception {
        var source = source("run: [{user: alice, targets: [direct]}]\n");
        assertThatThrownBy(source::load)
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("unknown user \"alice\"");
        Files.writeString(users(), "bob:x:1001:1001:J\u00fcrgen:/:/bin/sh\nalice:x:1002:1002::/:/bin/sh\n", ISO_8859_1);
        assertThat(source.load().configuration().run())
                .singleElement()
                .satisfies(grant -> assertThat(grant.uid()).isEqualTo(1002));
    }

    private Path users() {
        return directory.resolve("passwd");
    }

    private static ConfigurationFile choose(Path file) {
        return Files.exists(file)
                ? new ConfigurationFile(file, "")
                : new ConfigurationFile(null, "there is no " + file + ": everything goes direct");
    }

    private ConfigurationSource source(String text) throws Exception {
        var file = Files.writeString(directory.resolve("config.yaml"), "version: 1\n" + text);
        return new ConfigurationSource(() -> new ConfigurationFile(file, ""), users());
    }
}
