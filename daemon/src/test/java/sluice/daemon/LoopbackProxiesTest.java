// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.netlink.sockdiag.SocketInfo;
import sluice.rules.ConfigurationReader;
import sluice.rules.Policy;

/** Directories that play cgroups. */
class LoopbackProxiesTest {
    private static final String SOCKS = "office: {type: socks5, server: '127.0.0.1:1080'}";

    @TempDir
    Path directory;

    private Path root;
    private Path proxy;

    @BeforeEach
    void make() throws Exception {
        root = directory.resolve("cgroups");
        proxy = Files.createDirectories(root.resolve("system.slice/proxy.service"));
    }

    @Test
    void aProxyThatIsSentToItselfIsNamedWithItsRuleAndTheRemedy() throws Exception {
        assertThat(lines(SOCKS, "{match: '^/system\\.slice$', proxy: office}", "127.0.0.1"))
                .containsExactly(
                        "outbounds.office: the proxy at 127.0.0.1:1080 runs in /system.slice/proxy.service, which"
                                + " line 4 (match: ^/system\\.slice$) gives to proxy office: each of its connections would come back"
                                + " to it, and is refused; put a rule before that one that lets the proxy go direct, such as"
                                + " {unit: proxy.service, direct: true}, and give the proxy a cgroup of its own");
    }

    @Test
    void whereItIsNoServiceTheRemedyNamesItsPath() throws Exception {
        proxy = Files.createDirectories(root.resolve("user.slice/proxy.scope"));
        assertThat(lines(SOCKS, "{match: '^/user\\.slice$', proxy: office}", "0.0.0.0"))
                .singleElement()
                .asString()
                .contains("{match: '^/user\\.slice/proxy\\.scope$', direct: true}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "g: {type: fallback, outbounds: [office], url: 'http://192.0.2.1/'}",
                "g: {type: http, server: 'proxy.example:3128', via: office}"
            })
    void groupsAndProxiesBehindItLeadToItToo(String outbound) throws Exception {
        assertThat(lines(SOCKS + ", " + outbound, "{match: '^/system\\.slice$', proxy: g}", "::"))
                .singleElement()
                .asString()
                .startsWith("outbounds.office: ")
                .contains("gives to proxy g:");
    }

    @Test
    void aProxyThatGoesDirectOrElsewhereIsFine() throws Exception {
        var all = "{match: '^/.*', proxy: office}";
        assertThat(lines(SOCKS, "{unit: proxy.service, direct: true}, " + all, "127.0.0.1"))
                .isEmpty();
        assertThat(lines(SOCKS, "{match: '^/.*', proxy: direct}", "127.0.0.1")).isEmpty();
        // Of another process, on another address or port.
        assertThat(lines(SOCKS, all, "192.0.2.1")).isEmpty();
        assertThat(lines("office: {type: socks5, server: '127.0.0.1:1081'}", all, "127.0.0.1"))
                .isEmpty();
        assertThat(lines("office: {type: socks5, server: '192.0.2.1:1080'}", all, "0.0.0.0"))
                .isEmpty();
    }

    private List<String> lines(String outbounds, String rules, String address) throws Exception {
        var file = Files.writeString(
                directory.resolve("config.yaml"),
                "version: 1\noutbounds: {" + outbounds + "}\nrules: [\n" + rules + "]\n");
        var configuration =
                new ConfigurationReader(name -> OptionalInt.empty()).read(file).configuration();
        var policy = new Policy(configuration.rules(), root);
        long id = (Long) Files.getAttribute(proxy, "unix:ino");
        var unconnected = new InetSocketAddress("0.0.0.0", 0);
        var listener = new SocketInfo(new InetSocketAddress(address, 1080), unconnected, 10, 101, 4711, id, false);
        return new LoopbackProxies(configuration.outbounds())
                .sentToThemselves(root, path -> LoopbackProxies.Sent.of(policy.decide(path)), List.of(listener));
    }
}
