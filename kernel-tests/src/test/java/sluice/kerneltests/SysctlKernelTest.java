// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;

/**
 * Settings of the kernel that concern marks, routes, local addresses and conntrack: whatever they are, redirection, drops and DNS work, over
 * TCP and UDP, IPv4 and IPv6. What cannot work is refused, and nothing of it goes direct; {@link SurroundingsKernelTest} has what is said of it.
 */
@KernelTest
@Timeout(1200)
class SysctlKernelTest {
    private static final List<String> DEVICES = List.of("all", "lo", Internet.DEVICE);

    /** Settings by their names below /proc/sys/net; a star stands for each of {@link #DEVICES}. */
    private static final String EACH = """
            ipv4/tcp_fwmark_accept=1
            ipv4/fwmark_reflect=1 ipv6/fwmark_reflect=1
            ipv4/conf/*/rp_filter=1
            ipv4/conf/*/rp_filter=2
            ipv4/conf/*/src_valid_mark=1
            ipv4/conf/*/rp_filter=1 ipv4/conf/*/src_valid_mark=1
            ipv4/conf/*/accept_local=1
            ipv4/conf/*/route_localnet=1
            ipv4/ip_nonlocal_bind=1 ipv6/ip_nonlocal_bind=1
            ipv4/tcp_l3mdev_accept=1 ipv4/udp_l3mdev_accept=1 ipv4/raw_l3mdev_accept=1
            ipv4/ip_forward=1 ipv6/conf/all/forwarding=1
            ipv4/ip_early_demux=0 ipv4/tcp_early_demux=0 ipv4/udp_early_demux=0
            ipv4/conf/*/arp_filter=1 ipv4/conf/*/send_redirects=0
            ipv4/tcp_syncookies=2
            ipv6/bindv6only=1
            netfilter/nf_conntrack_tcp_loose=0
            netfilter/nf_conntrack_tcp_be_liberal=1
            netfilter/nf_conntrack_tcp_loose=0 netfilter/nf_conntrack_tcp_be_liberal=1
            netfilter/nf_conntrack_checksum=0 netfilter/nf_conntrack_acct=1 netfilter/nf_conntrack_timestamp=1
            netfilter/nf_conntrack_udp_timeout=1 netfilter/nf_conntrack_udp_timeout_stream=1
            netfilter/nf_conntrack_tcp_timeout_established=1 netfilter/nf_conntrack_tcp_timeout_unacknowledged=1
            netfilter/nf_conntrack_tcp_timeout_syn_sent=1 netfilter/nf_conntrack_tcp_timeout_syn_recv=1
            netfilter/nf_conntrack_tcp_timeout_fin_wait=1 netfilter/nf_conntrack_tcp_timeout_close_wait=1
            """;

    private static final String MANY = "ipv4/fwmark_reflect=1 ipv6/fwmark_reflect=1 ipv4/conf/*/rp_filter=1"
            + " ipv4/conf/*/src_valid_mark=1 ipv4/conf/*/accept_local=1 ipv4/conf/*/route_localnet=1"
            + " ipv4/ip_nonlocal_bind=1 ipv6/ip_nonlocal_bind=1 ipv4/tcp_l3mdev_accept=1 ipv4/udp_l3mdev_accept=1"
            + " ipv4/tcp_fwmark_accept=1 netfilter/nf_conntrack_tcp_loose=0";
    private static final String OTHERS = "ipv4/conf/*/rp_filter=2 ipv6/bindv6only=1 ipv4/tcp_syncookies=2"
            + " ipv4/ip_early_demux=0 ipv4/ip_forward=1 ipv6/conf/all/forwarding=1 netfilter/nf_conntrack_tcp_be_liberal=1";

    private static final String FORGETFUL =
            "netfilter/nf_conntrack_udp_timeout=1 netfilter/nf_conntrack_udp_timeout_stream=1"
                    + " netfilter/nf_conntrack_tcp_timeout_established=1"
                    + " netfilter/nf_conntrack_tcp_timeout_unacknowledged=1 netfilter/nf_conntrack_tcp_timeout_fin_wait=1"
                    + " netfilter/nf_conntrack_tcp_timeout_close_wait=1 netfilter/nf_conntrack_tcp_timeout_last_ack=1";

    /** Each target, version of the internet protocol and transport once. */
    private static Stream<Cell> cells() {
        return Cell.all().stream()
                .filter(cell -> cell.neighbour() == Neighbour.DOCKER && cell.order() == Cell.Order.NEIGHBOUR_FIRST);
    }

    private static List<Conversation> conversations() {
        return cells().map(Cell::conversation).toList();
    }

    private static Map<String, String> settings(String words) {
        var settings = new LinkedHashMap<String, String>();
        for (var word : words.split(" ")) {
            var name = word.substring(0, word.indexOf('='));
            var names =
                    name.contains("*") ? DEVICES.stream().map(device -> name.replace("*", device)) : Stream.of(name);
            names.forEach(each -> settings.put(each, word.substring(word.indexOf('=') + 1)));
        }
        return settings;
    }

    /** Puts values in force, and returns those that were in force before. */
    private static Map<String, String> apply(Namespace here, Map<String, String> settings) throws IOException {
        var before = new LinkedHashMap<String, String>();
        // All before the first is written: one may set others, too.
        for (var name : settings.keySet()) {
            before.put(name, here.run("cat", "/proc/sys/net/" + name).out().strip());
        }
        for (var setting : settings.entrySet()) {
            var file = "/proc/sys/net/" + setting.getKey();
            here.script("echo " + setting.getValue() + " > " + file);
            assertThat(here.run("cat", file).out().strip()).as(file).isEqualTo(setting.getValue());
        }
        return before;
    }

    /** An interface on which IPv6 was off has lost its addresses. */
    private static void restore(Namespace here, Map<String, String> before) throws IOException {
        apply(here, before);
        here.run("ip", "-6", "address", "replace", "::1/128", "dev", "lo");
    }

    @Test
    void noSettingStandsAgainstRedirection(Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            world.start("::1");
            var wrong = new ArrayList<String>();
            for (var words : EACH.lines().toList()) {
                var before = apply(lab.here(), settings(words));
                try {
                    world.wrong(conversations()).forEach(what -> wrong.add(words + ": " + what));
                    world.decoyed().forEach(what -> wrong.add(words + ": arrived at another socket: " + what));
                } finally {
                    restore(lab.here(), before);
                }
            }
            assertThat(wrong).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MANY, OTHERS})
    void settingsThatAreInForceBeforeTheStartDoNotEither(String words, Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            var before = apply(lab.here(), settings(words));
            try {
                var daemon = world.start("::1");
                assertThat(world.wrong(conversations())).isEmpty();
                assertThat(world.decoyed()).isEmpty();
                assertThat(daemon.cli("status").out()).doesNotContain("sysctl -w net.ipv");
            } finally {
                restore(lab.here(), before);
            }
        }
    }

    /** Each side is silent for longer than conntrack remembers. */
    @ParameterizedTest
    @ValueSource(strings = {FORGETFUL, FORGETFUL + " netfilter/nf_conntrack_tcp_loose=0"})
    void aFlowThatConntrackForgetsBetweenTwoWordsGoesOn(String words, Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            world.start("::1");
            var before = apply(lab.here(), settings(words));
            try {
                var quiet = cells().map(Cell::conversation)
                        .filter(each -> each.port() != 53)
                        .map(each -> new Conversation(
                                each.origin(), each.kind() + "-quiet", each.address(), each.port(), each.heard()))
                        .toList();
                assertThat(world.wrong(quiet)).isEmpty();
                assertThat(world.decoyed()).isEmpty();
            } finally {
                restore(lab.here(), before);
            }
        }
    }

    @Test
    void whereNoInterfaceHasIpv6RedirectionWorksOverIpv4(Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            var before = apply(lab.here(), settings("ipv6/conf/all/disable_ipv6=1 ipv6/conf/lo/disable_ipv6=1"));
            try {
                var daemon = world.start("::1");
                assertThat(world.wrong(conversations(Cell.Version.IPV4))).isEmpty();
                assertThat(world.decoyed()).isEmpty();
                assertThat(daemon.cli("status").out()).doesNotContain("sysctl -w net.ipv");
            } finally {
                restore(lab.here(), before);
            }
        }
    }

    /** Refused: redirected packets are led by lo. */
    @Test
    void whereOnlyLoHasNoIpv6NothingOfItThatIsRedirectedGoesDirect(Lab lab) throws Exception {
        try (var world = Neighbourhood.open(lab)) {
            world.start("::1");
            var before = apply(lab.here(), settings("ipv6/conf/lo/disable_ipv6=1"));
            try {
                assertThat(world.wrong(conversations(Cell.Version.IPV4))).isEmpty();
                var refused = cells().filter(cell -> cell.version() == Cell.Version.IPV6)
                        .filter(cell -> cell.target() != Cell.Target.DIRECT)
                        .map(Cell::conversation)
                        .map(each -> new Conversation(
                                each.origin(), each.kind(), each.address(), each.port(), Conversation.NOTHING))
                        .toList();
                assertThat(world.wrong(refused)).isEmpty();
                assertThat(world.decoyed()).isEmpty();
            } finally {
                restore(lab.here(), before);
            }
        }
    }

    private static List<Conversation> conversations(Cell.Version version) {
        return cells().filter(cell -> cell.version() == version)
                .map(Cell::conversation)
                .toList();
    }
}
