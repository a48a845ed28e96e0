// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.PolicyRule;
import sluice.netlink.route.Routes;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.testkit.KernelTest;

/** What a process without any capability is told. */
@KernelTest
class PermissionKernelTest {
    /** Runs in a JVM of its own, whose capabilities are gone. */
    static final class Unprivileged {
        public static void main(String[] arguments) throws Exception {
            report(() -> {
                try (var nftables = Nftables.open()) {
                    nftables.transaction().add(Table.inet("forbidden")).commit();
                }
            });
            report(() -> {
                try (var routes = Routes.open()) {
                    routes.add(PolicyRule.ofMark(IpFamily.IPV4, 1, 1, 300));
                }
            });
            try (var routes = Routes.open();
                    var sockets = SocketDiagnostics.open()) {
                System.out.println("reads "
                        + (routes.rules(IpFamily.IPV4).size() + sockets.udp(0).size() > 0));
            }
        }

        private static void report(Attempt attempt) throws IOException {
            try {
                attempt.run();
                System.out.println("allowed");
            } catch (NetlinkException.PermissionDenied e) {
                System.out.println(e.getMessage());
            }
        }

        private interface Attempt {
            void run() throws IOException;
        }
    }

    @Test
    void changesAreDeniedWithTheCapabilityThatIsMissing() throws Exception {
        var process = new ProcessBuilder(List.of(
                        "setpriv",
                        "--bounding-set=-all",
                        "--inh-caps=-all",
                        "--no-new-privs",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Unprivileged.class.getName()))
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines())
                .containsExactly(
                        "commit a transaction of 1 change: EPERM: it needs CAP_NET_ADMIN; run as root or grant it in the"
                                + " unit file",
                        "add rule 0 fwmark 0x1/0x1 lookup 300 of IPV4: EPERM: it needs CAP_NET_ADMIN; run as root or"
                                + " grant it in the unit file",
                        "reads true");
    }
}
