// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@KernelTest
class LabKernelTest {
    @Test
    void theInternetAnswersOverBothFamilies(Lab lab) throws Exception {
        var internet = lab.internet();
        Haproxy.web(internet.namespace(), "web", 80);
        assertThat(lab.here()
                        .run("curl", "-sS", "http://" + Internet.SERVER4 + "/")
                        .out())
                .startsWith("web from " + Internet.MACHINE4)
                .endsWith("to " + Internet.SERVER4 + " 80\n");
        assertThat(lab.here()
                        .run("curl", "-sS", "http://[" + Internet.SERVER6 + "]/")
                        .out())
                .startsWith("web from " + Internet.MACHINE6)
                .endsWith("to " + Internet.SERVER6 + " 80\n");
    }

    @Test
    void namesAreAnsweredAndQueriesListed(Lab lab) throws Exception {
        var internet = lab.internet();
        var dns = Dnsmasq.start(
                internet.namespace(), List.of(Internet.SERVER4), 53, Map.of("example.org", "203.0.113.77"), null);
        assertThat(lab.here()
                        .run("dig", "+short", "@" + Internet.SERVER4, "www.example.org")
                        .out())
                .isEqualTo("203.0.113.77\n");
        assertThat(dns.queries()).containsExactly("query[A] www.example.org from " + Internet.MACHINE4);
    }

    @Test
    void countersSeeOnlyWhatMatches(Lab lab) throws Exception {
        var internet = lab.internet();
        var wanted = internet.namespace().count("udp dport 9");
        var other = internet.namespace().count("udp dport 10");
        Probe.udp(lab.here(), 1, 5, Internet.SERVER4, "9").run();
        assertThat(wanted.packets()).isEqualTo(5);
        assertThat(other.packets()).isZero();
    }

    @Test
    void datagramsAreAnsweredFromWhereTheyWentTo(Lab lab) throws Exception {
        var internet = lab.internet();
        Answer.start(internet.namespace(), "echo", Transport.UDP, 7);
        var four = Probe.udp(lab.here(), 500, 2, Internet.SERVER4, "7", Internet.OTHER4, "7")
                .run();
        assertThat(four.out())
                .containsPattern("reply from 203.0.113.10 7: echo from 192.0.2.2 \\d+ to 203.0.113.10 7\n")
                .containsPattern("reply from 198.51.100.20 7: echo from 192.0.2.2 \\d+ to 198.51.100.20 7\n");
        var six = Probe.udp(lab.here(), 500, 1, Internet.SERVER6, "7").run();
        assertThat(six.out())
                .containsPattern("reply from 2001:db8:2::10 7: echo from 2001:db8:1::2 \\d+ to 2001:db8:2::10 7\n");
    }

    @Test
    void aDownloadLastsUntilTheServerGoes(Lab lab) throws Exception {
        var server = Answer.start(lab.internet().namespace(), "stream", Transport.TCP, 8080);
        assertThat(Probe.tcp(lab.here(), 200, Internet.SERVER6, 8080).run().out())
                .contains("stream from ", "tick\n", "end: enough");
        var cut = Probe.tcp(lab.here(), 20_000, Internet.SERVER4, 8080).start();
        cut.awaitOutput("tick", Await.SOON);
        server.process().close();
        assertThat(cut.await(Await.SOON).status()).isEqualTo(1);
    }

    @Test
    void transparentServersSeeTheOriginalDestination(Lab lab) throws Exception {
        var internet = lab.internet();
        Haproxy.web(internet.namespace(), "web", 80);
        try (var cgroups = CgroupSandbox.create("transparent")) {
            var proxied = cgroups.cgroup("proxied");
            intercept(lab, proxied);
            var relay = Haproxy.tproxy(lab.here(), "relay", 7893, null);
            Answer.transparent(lab.here(), "sink", Transport.UDP, 7893, null);
            for (var url : List.of("http://203.0.113.10/", "http://[2001:db8:2::10]/")) {
                assertThat(lab.here()
                                .command("curl", "-sS", "-m", "20", url)
                                .bornIn(proxied)
                                .run()
                                .out())
                        .startsWith("web from ");
            }
            Await.until("both arrivals", Await.SOON, () -> relay.arrivals().size() == 2);
            assertThat(relay.arrivals().get(0)).endsWith(" to 203.0.113.10 80");
            assertThat(relay.arrivals().get(1)).endsWith(" to 2001:db8:2::10 80");
            assertThat(Probe.udp(lab.here(), 50, 2, "203.0.113.10", "99", "198.51.100.20", "98")
                            .in(proxied)
                            .run()
                            .out())
                    .containsPattern("reply from 203.0.113.10 99: sink from .* to 203.0.113.10 99\n")
                    .containsPattern("reply from 198.51.100.20 98: sink from .* to 198.51.100.20 98\n");
        }
    }

    /** What Sluice does, reduced to one cgroup, so that the lab's transparent servers are tested without it. */
    private static void intercept(Lab lab, Path cgroup) throws Exception {
        // nft looks for paths below /sys/fs/cgroup, wherever cgroup2 is mounted.
        var path = Path.of("/sys/fs/cgroup").relativize(cgroup);
        int level = cgroup.getNameCount() - CgroupSandbox.mount().getNameCount();
        lab.here().script("""
                for family in -4 -6; do
                    ip $family rule add fwmark 1 lookup 300
                    ip $family route add local default dev lo table 300
                done
                """);
        lab.here().command("nft", "-f", "-").input("""
                table inet t {
                    chain output {
                        type route hook output priority mangle;
                        ct direction reply return
                        socket cgroupv2 level %d "%s" meta mark set 1
                    }
                    chain prerouting {
                        type filter hook prerouting priority mangle;
                        meta mark 1 meta l4proto { tcp, udp } tproxy to :7893
                    }
                }
                """.formatted(level, path)).run();
    }

    @Test
    void aProcessBornInACgroupHasNeverBeenElsewhere(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("born")) {
            var cgroup = cgroups.cgroup("app");
            var name = cgroups.root().getFileName() + "/app";
            assertThat(lab.here()
                            .command("cat", "/proc/self/cgroup")
                            .bornIn(cgroup)
                            .run()
                            .out())
                    .contains(name);
            assertThat(lab.here()
                            .command("cat", "/proc/self/cgroup")
                            .in(cgroup)
                            .run()
                            .out())
                    .contains(name);
            assertThat(lab.here()
                            .command("sh", "-c", "kill -TERM $$")
                            .bornIn(cgroup)
                            .attempt()
                            .status())
                    .isEqualTo(143);
        }
    }

    @Test
    void firstPacketsLeaveFromNewCgroups(Lab lab) throws Exception {
        var arrived = lab.internet().namespace().count("udp dport 9");
        try (var cgroups = CgroupSandbox.create("first")) {
            var program = CProgram.of("first-packets").executable().toString();
            var sent = lab.here().run(program, cgroups.root().toString(), "50", "udp", Internet.SERVER4, "9");
            assertThat(sent.out()).isEqualTo("sent 50 refused 0\n");
            assertThat(arrived.packets()).isEqualTo(50);
            assertThat(cgroups.root()).isDirectoryNotContaining(Files::isDirectory);
        }
    }

    @Test
    void closingLeavesNothing() throws Exception {
        Path directory;
        Background sleeper;
        String namespace;
        try (var lab = Lab.open("closing")) {
            directory = lab.directory();
            sleeper = lab.internet().namespace().command("sleep", "60").start();
            namespace = lab.internet().namespace().path();
            lab.here()
                    .script(
                            "nft add table inet left; ip rule add fwmark 7 lookup 77; ip -6 rule add fwmark 7 lookup 77;"
                                    + " ip route add local default dev lo table 77");
            assertThat(Path.of(namespace)).exists();
        }
        assertThat(sleeper.alive()).isFalse();
        assertThat(directory).doesNotExist();
        assertThat(Path.of(namespace)).doesNotExist();
        try (var next = Lab.open("next")) {
            assertThat(next.report()).doesNotContain(Internet.DEVICE + "@", "table inet", "fwmark");
            assertThat(next.here().run("ip", "route", "show", "table", "all").out())
                    .doesNotContain("table 77");
        }
    }

    @Test
    void aFailedCommandTellsHowToEnterItsNamespace(Lab lab) throws Exception {
        var there = lab.namespace("there");
        assertThatThrownBy(() -> there.run("ip", "link", "show", "nowhere"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("nsenter --net=" + there.path())
                .hasMessageContaining("nowhere");
        assertThat(lab.report()).contains("nsenter --net=" + there.path());
    }

    @Test
    void anEndedServerIsNotWaitedFor(Lab lab) throws Exception {
        var ended = lab.here().command("sh", "-c", "echo gone >&2; exit 3").start();
        assertThatThrownBy(() -> ended.awaitOutput("ready", Await.SOON))
                .hasMessageContaining("exit status 3")
                .hasMessageContaining("gone");
    }

    @Test
    void aCommandThatHangsIsKilled(Lab lab) throws Exception {
        assertThatThrownBy(() -> lab.here()
                        .command("sleep", "60")
                        .within(Duration.ofMillis(50))
                        .run())
                .hasMessageContaining("still running after PT0.05S");
    }
}
