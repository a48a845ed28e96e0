// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import sluice.rules.Configuration;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.UserLookup;

/** Configurations as their text. */
final class Configurations {
    private Configurations() {}

    /** @param text all but the version */
    static Configuration read(String text) throws InvalidConfigurationException {
        return new ConfigurationReader(UserLookup.passwd(""))
                .read("config.yaml", ("version: 1\n" + text).getBytes(UTF_8))
                .configuration();
    }
}
