// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.netlink.sockdiag.SocketInfo;
import sluice.rules.ConfigurationReader;
import sluice.rules.Policy;

/** Directories that play cgroups. */
class MachineResolverTest {
    @TempDir
    Path directory;

    private Path root;
    private Path resolver;

    @BeforeEach
    void make() throws Exception {
        root = directory.resolve("cgroups");
        resolver = Files.createDirectories(root.resolve("system.slice/systemd-resolved.service"));
    }

    @Test
    void aProxiedResolverIsNamedWithItsRuleAndTheRemedy() throws Exception {
        assertThat(lines("[{match: '^/system\\.slice$', proxy: direct}]", "127.0.0.53"))
                .singleElement()
                .asString()
                .contains(
                        "/system.slice/systemd-resolved.service",
                        "line 2 ",
                        "proxy direct",
                        "{unit: systemd-resolved.service, direct: true}");
    }

    @Test
    void aResolverThatGoesDirectIsFine() throws Exception {
        assertThat(lines(
                        "[{unit: systemd-resolved.service, direct: true}, {match: '^/.*', proxy: direct}]",
                        "127.0.0.53"))
                .isEmpty();
        assertThat(lines("[]", "127.0.0.53")).isEmpty();
    }

    @Test
    void whoAnswersOtherMachinesOnlyIsNoneOfThisOne() throws Exception {
        var rules = "[{match: '^/.*', proxy: direct}]";
        assertThat(lines(rules, "192.0.2.1")).isEmpty();
        assertThat(lines(rules, "0.0.0.0")).hasSize(1);
        assertThat(lines(rules, "::")).hasSize(1);
    }

    private List<String> lines(String rules, String address) throws Exception {
        var file = Files.writeString(directory.resolve("config.yaml"), "version: 1\nrules: " + rules + "\n");
        var configuration =
                new ConfigurationReader(name -> OptionalInt.empty()).read(file).configuration();
        var explanation = new FileExplanation(new Policy(configuration.rules(), root), root);
        long id = (Long) Files.getAttribute(resolver, "unix:ino");
        var unconnected = new InetSocketAddress("0.0.0.0", 0);
        return new MachineResolver(explanation)
                .proxied(List.of(
                        new SocketInfo(new InetSocketAddress(address, 53), unconnected, 10, 101, 4711, id, false)));
    }
}
