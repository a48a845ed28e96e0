// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.rules.ConfigurationReader;
import sluice.rules.UserLookup;

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

    private ConfigurationSource source(String text) throws Exception {
        var file = Files.writeString(directory.resolve("config.yaml"), "version: 1\n" + text);
        return new ConfigurationSource(file, new ConfigurationReader(UserLookup.passwd("")));
    }
}
