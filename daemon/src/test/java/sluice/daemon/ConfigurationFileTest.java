// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
    @TempDir
    Path directory;

    private Path unit;
    private Path etc;
    private Path cgtproxy;

    @BeforeEach
    void directories() throws Exception {
        unit = Files.createDirectory(directory.resolve("unit"));
        etc = Files.createDirectory(directory.resolve("etc"));
        cgtproxy = directory.resolve("cgtproxy.yaml");
    }

    @Test
    void theUnitsDirectoryComesFirstThenEtcThenCgtproxys() throws Exception {
        Files.createFile(cgtproxy);
        assertThat(choose()).satisfies(file -> {
            assertThat(file.path()).isEqualTo(cgtproxy);
            assertThat(file.note()).contains("using cgtproxy's");
        });
        var inEtc = Files.createFile(etc.resolve("config.yaml"));
        assertThat(choose().path()).isEqualTo(inEtc);
        var inUnit = Files.createFile(unit.resolve("config.yaml"));
        assertThat(choose()).isEqualTo(new ConfigurationFile(inUnit, ""));
    }

    @Test
    void withoutAnyFileEverythingGoesDirect() {
        assertThat(choose().path()).isNull();
        assertThat(choose().note()).contains("everything goes direct");
    }

    @Test
    void aNamedFileIsTakenEvenWhenItDoesNotExist() {
        var named = directory.resolve("named.yaml");
        assertThat(ConfigurationFile.choose(named, unit.toString(), etc, cgtproxy)
                        .path())
                .isEqualTo(named);
    }

    private ConfigurationFile choose() {
        return ConfigurationFile.choose(null, unit.toString(), etc, cgtproxy);
    }
}
