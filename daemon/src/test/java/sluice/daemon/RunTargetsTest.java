// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import sluice.rules.Configuration;
import sluice.rules.ConfigurationReader;

class RunTargetsTest {
    private static Configuration read(String yaml) throws Exception {
        return new ConfigurationReader(_ -> OptionalInt.empty())
                .read("config.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                .configuration();
    }

    @Test
    void everyOptionThatWorksIsListed() throws Exception {
        assertThat(RunTargets.of(read("""
                version: 1
                tproxies: {mihomo: {mark: 1, port: 7893}}
                outbounds: {office: {type: socks5, server: "192.0.2.1:1080"}}
                """)))
                .isEqualTo("--direct, --drop, --tproxy mihomo, --proxy office, --proxy direct, --proxy block");
        assertThat(RunTargets.of(Configuration.EVERYTHING_DIRECT))
                .isEqualTo("--direct, --drop, --proxy direct, --proxy block");
    }

    @Test
    void ofManySomeAreListed() throws Exception {
        var yaml = new StringBuilder("version: 1\noutbounds:\n");
        for (int i = 0; i < 60; i++) {
            yaml.append("  o").append(i).append(": {type: block}\n");
        }
        assertThat(RunTargets.of(read(yaml.toString()))).endsWith("--proxy o47 and 14 more");
    }
}
