// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What the configuration says of names, on the whole path. */
@KernelTest
class NamePoliciesKernelTest {
    private static final String DIG = "dig +short +tries=1 +time=20 @" + NameWorld.STUB + " " + NameWorld.SPLIT;

    @Test
    void twoApplicationsGetDifferentAnswersForTheSameNameAtTheSameTime(Lab lab) throws Exception {
        var machine = Machine.with(lab, CgroupSandbox.createSlice("names"), "proxied-a.service", "proxied-b.service");
        try (var world = NameWorld.open(lab, machine)) {
            world.machine().apply(world.configuration("""
                    mode: real, cache-size: 0, rules: [
                        {unit: proxied-a.service, servers: ['udp://%s']},
                        {unit: proxied-b.service, servers: ['tcp://%s']}]""".formatted(Internet.SERVER4, Internet.OTHER4)));
            var script = "for i in $(seq 20); do " + DIG + "; done";
            try (var a = world.in("proxied-a.service", "sh", "-c", script).start();
                    var b = world.in("proxied-b.service", "sh", "-c", script).start()) {
                assertThat(a.await(Machine.SOON).out()).isEqualTo((NameWorld.SPLIT_ADDRESS + "\n").repeat(20));
                assertThat(b.await(Machine.SOON).out()).isEqualTo((NameWorld.SPLIT_OTHER + "\n").repeat(20));
            }
        }
    }

    @Test
    void aReloadChangesWhoAnswersAndWhatWith(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            var https = "mode: real, servers: [{url: 'https://dns.example/dns-query', address: [%s], ca: %s}]"
                    .formatted(Internet.SERVER6, world.unbound().authority());
            for (int round = 0; round < 2; round++) {
                world.machine().apply(world.configuration("mode: off"));
                assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.LOCAL))
                        .isEqualTo(NameWorld.LOCAL_ADDRESS);
                world.machine().apply(world.configuration("mode: fake-ip"));
                assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.SPLIT))
                        .startsWith("198.18.");
                world.machine().apply(world.configuration("mode: fake-ip, ipv4: 198.19.0.0/16"));
                assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.SPLIT))
                        .startsWith("198.19.");
                world.machine().apply(world.configuration(https));
                assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.SPLIT))
                        .isEqualTo(NameWorld.SPLIT_ADDRESS);
                var daemon = world.machine()
                        .apply(world.configuration(
                                "mode: real, rules: [{domain: ['split.example'], servers: ['udp://%s']}]"
                                        .formatted(Internet.OTHER4)));
                assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.SPLIT))
                        .isEqualTo(NameWorld.SPLIT_OTHER);
                assertThat(daemon.log()).doesNotContain("ERROR");
            }
        }
    }

    @Test
    void aMadeUpAddressThatNobodyRemembersLeadsNowhere(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            world.machine().apply(world.configuration("mode: fake-ip"));
            var fakes = world.machine().internet().count("ip daddr 198.18.0.0/15");
            var proxy = world.machine().internet().count("tcp dport " + NameWorld.SOCKS);
            for (var address : List.of("198.18.77.7", "fd00:5315::4d07")) {
                var refused = world.machine().curl("proxied", address, "20").attempt();
                assertThat(refused.status()).as(refused.err()).isIn(7, 56);
                assertThat(world.machine()
                                .in("proxied", "dig", "+tries=1", "+time=1", "-p", "4000", "@" + address, "x.example")
                                .attempt()
                                .status())
                        .isNotZero();
            }
            assertThat(fakes.packets()).isZero();
            assertThat(proxy.packets()).isZero();
        }
    }

    @Test
    void whatARouteSendsStraightOutByNameStaysInTheKernel(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            var daemon = world.machine()
                    .apply(world.configuration(
                            "mode: fake-ip, servers: ['udp://%s']".formatted(Internet.SERVER4),
                            "routes: [{domain: ['*.web.example'], outbound: direct, nft-set: home}]\n"));
            assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.WEB)).isEqualTo(Internet.SERVER4);
            Await.until(
                    "the address in the set",
                    Machine.SOON,
                    () -> lab.here()
                            .run("nft", "list", "set", "inet", "sluice", "route_home4")
                            .out()
                            .contains(Internet.SERVER4));
            assertThat(world.page("proxied", NameWorld.WEB)).startsWith("web from " + Internet.MACHINE4 + " ");
            assertThat(world.page("proxied", NameWorld.HIDDEN)).startsWith("web from " + Internet.OTHER4 + " ");
            daemon.awaitLog(" host=" + NameWorld.HIDDEN + " ", Machine.SOON);
            assertThat(daemon.log())
                    .doesNotContain(" host=" + NameWorld.WEB, " destination=" + Internet.SERVER4 + ":80 ");
        }
    }

    @Test
    void peopleSeeWhatIsAnsweredAndWhy(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            var daemon = world.machine()
                    .apply(world.configuration(
                            "mode: fake-ip, log: true, servers: ['udp://%s'], rules: [{domain: ['*.web.example'], answer: real}]"
                                    .formatted(Internet.SERVER4)));
            assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.WEB)).isEqualTo(Internet.SERVER4);
            var fake = world.dig("proxied", NameWorld.STUB, NameWorld.HIDDEN);
            assertThat(daemon.cli("dns", NameWorld.HIDDEN).out()).contains("a fake IP", fake, "dns.mode");
            assertThat(daemon.cli(
                                    "dns",
                                    NameWorld.WEB,
                                    "--app",
                                    world.machine().cgroup("proxied").toString())
                            .out())
                    .contains("what is remembered", Internet.SERVER4, "dns.rules[0]", "udp://" + Internet.SERVER4);
            var other = world.machine().cgroup("other").toString();
            assertThat(SluiceDaemon.command(lab, "dns", NameWorld.WEB, "--app", other)
                            .attempt()
                            .err())
                    .contains(
                            "the target of /other is untouched: its queries are answered by the servers that it asks",
                            "only applications whose rule says proxy are answered here");
            assertThat(SluiceDaemon.command(lab, "dns", NameWorld.WEB, "--app", other + "/gone")
                            .attempt()
                            .err())
                    .contains("there is no cgroup /other/gone", "'sluice tree' shows those that there are");
            assertThat(daemon.json("dns", NameWorld.WEB))
                    .containsEntry("answer", "real")
                    .containsEntry("rule", "dns.rules[0]")
                    .containsEntry("addresses", List.of(Internet.SERVER4));
            assertThat(daemon.cli("dns", "--cache").out())
                    .contains(NameWorld.WEB, "1 of at most 10000 answers", "; 1 of at most");
            assertThat(daemon.cli("status").out())
                    .contains("dns            fake-ip", "2 queries", "1 fake", "1 forwarded");
            daemon.awaitLog("name=" + NameWorld.HIDDEN + " type=A rcode=NOERROR source=fake", Machine.SOON);
            assertThat(daemon.log())
                    .containsPattern(
                            "query application=/proxied cgroup=/proxied transport=udp .* name=" + NameWorld.WEB);
            assertThat(daemon.cli("dns", "--flush").out()).isEqualTo("forgot 1 answers\n");
            assertThat(daemon.cli("dns", "--flush=fakes").out()).isEqualTo("forgot 1 fake IPs\n");
            assertThat(daemon.cli("dns", "--cache").out()).contains("0 of at most 10000 answers", "; 0 of at most");
            assertThat(SluiceDaemon.command(lab, "dns", "not..a.name").attempt().status())
                    .isEqualTo(1);
            daemon.reload(world.machine().cgroups(), world.configuration("mode: off"));
            var off = SluiceDaemon.command(lab, "dns", NameWorld.WEB).attempt();
            assertThat(off.status()).isEqualTo(1);
            assertThat(off.err()).contains("dns.mode is off");
        }
    }
}
