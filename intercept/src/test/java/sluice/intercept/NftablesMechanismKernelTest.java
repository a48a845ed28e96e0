// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.netlink.nftables.NftEvent;
import sluice.netlink.nftables.Nftables;
import sluice.rules.Marks;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;
import sluice.testkit.KernelTest;

@KernelTest
class NftablesMechanismKernelTest {
    private static final Verdict DROP = new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS);

    private final Map<String, Verdict> policy = new HashMap<>();
    private final PolicyTree tree = new PolicyTree(this::classify);
    private NftablesMechanism mechanism;

    private @Nullable Ruling classify(Cgroup cgroup) {
        var verdict = policy.get(cgroup.path());
        return verdict == null ? null : new Ruling(0, verdict);
    }

    private Change create(long id, String path) {
        return tree.created(
                new Cgroup(id, path, (int) path.chars().filter(c -> c == '/').count()));
    }

    @BeforeEach
    void open() throws Exception {
        mechanism = NftablesMechanism.open();
    }

    @AfterEach
    void close() throws Exception {
        mechanism.remove();
        mechanism.close();
        assertThat(nft("list", "ruleset")).isBlank();
    }

    private static Redirection redirection(String name, int mark, boolean odd) {
        var dns = new Redirection.DnsHijack(
                (Inet4Address) InetAddress.ofLiteral("127.0.0.1"),
                (Inet6Address) InetAddress.ofLiteral("::1"),
                5353,
                true);
        return new Redirection(
                name, mark, 7893, odd, odd, odd ? Redirection.WhenDown.REJECT : Redirection.WhenDown.DROP, dns);
    }

    private static Blueprint blueprint(boolean hold, Redirection... redirections) {
        var bypass = PrefixSet.merge(List.of(
                Prefix.parse("127.0.0.0/8"),
                Prefix.parse("240.0.0.0/4"),
                Prefix.parse("::1"),
                Prefix.parse("10.0.0.0/9"),
                Prefix.parse("10.128.0.0/9")));
        return new Blueprint(
                new Blueprint.Root(1, 1),
                bypass,
                List.of(redirections),
                Marks.DEFAULT,
                300,
                2000,
                hold,
                Blueprint.Names.NONE);
    }

    private static String nft(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("nft"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void everythingAtOnceIsAcceptedAndIntact() throws Exception {
        var plain = redirection("plain", 3000, false);
        var odd = redirection("odd \"name\"", 4000, true);
        policy.put("/a", DROP);
        policy.put("/a/b", new Verdict.Redirect(plain));
        policy.put("/c", new Verdict.Redirect(odd));
        policy.put("/d", new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK));
        policy.put("/d/e", new Verdict.Drop(Verdict.Scope.REJECT));
        policy.put("/f", Verdict.DIRECT);
        long id = 100;
        for (var path : List.of("/a", "/a/b", "/c", "/d", "/d/e", "/f", "/g")) {
            create(id++, path);
        }
        mechanism.install(blueprint(true, plain, odd), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
    }

    @Test
    void aNameThatIsNoTextIsFoundAgain() throws Exception {
        policy.put("/a\udcff\udce9", DROP);
        create(100, "/a\udcff\udce9");
        mechanism.install(blueprint(false), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
        assertThat(nft("list", "map", "inet", "sluice", "drops")).contains("comment \"/a??\"");
    }

    @Test
    void connectionsThatAreOlderStayKnownWhenEverythingIsPutInForceAgain() throws Exception {
        var plain = redirection("plain", 3000, false);
        try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                var older = new Socket(listener.getInetAddress(), listener.getLocalPort());
                var _ = listener.accept()) {
            mechanism.install(blueprint(false), tree);
            assertThat(nft("list", "ruleset")).doesNotContain("older4", "served");
            mechanism.reload(blueprint(false, plain), List.of(), tree);
            for (int i = 0; i < 2; i++) {
                assertThat(nft("list", "set", "inet", "sluice", "served"))
                        .contains(" " + listener.getLocalPort() + " ");
                assertThat(nft("list", "set", "inet", "sluice", "older4"))
                        .contains("127.0.0.1 . " + listener.getLocalPort() + " . " + older.getLocalPort())
                        .doesNotContain(" . " + older.getLocalPort() + " . ");
                mechanism.install(blueprint(false, plain), tree);
            }
        }
    }

    @Test
    void cgroupsThatTheKernelCannotTellApartDoNotStandInTheWay() throws Exception {
        var path = new StringBuilder();
        for (int level = 1; level <= 300; level++) {
            policy.put(path.append("/d").toString(), level % 2 == 0 ? DROP : Verdict.DIRECT);
            create(level, path.toString());
        }
        mechanism.install(blueprint(true), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
        mechanism.update(List.of(create(301, path.append("/d").toString())), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
    }

    @Test
    void theEngineIsReachedOnLoopbackWhateverAddressesLoHasAndMayRefuseUdp() throws Exception {
        var engine = Redirection.toEngine("proxy direct", 0x1301, 15001, false, false);
        var http = Redirection.toEngine("proxy corp", 0x1302, 15002, true, false);
        policy.put("/a", new Verdict.Redirect(engine));
        policy.put("/b", new Verdict.Redirect(http));
        create(100, "/a");
        create(101, "/b");
        mechanism.install(blueprint(true, engine, http), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
        assertThat(nft("list", "chain", "inet", "sluice", "deliver"))
                .contains("tproxy ip to 127.0.0.1:15001", "tproxy ip6 to [::1]:15001");
        assertThat(nft("list", "chain", "inet", "sluice", "redirected"))
                .containsOnlyOnce("meta mark 0x00001302 meta l4proto udp meta mark set 0x00000000 reject");
    }

    @Test
    void everyChangeLeavesTheKernelEqualToTheTree() throws Exception {
        var plain = redirection("plain", 3000, false);
        policy.put("/a", new Verdict.Redirect(plain));
        create(100, "/a");
        mechanism.install(blueprint(false, plain), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();

        policy.put("/a/b/c", DROP);
        mechanism.update(List.of(create(101, "/a/b"), create(102, "/a/b/c"), create(103, "/a/b/c/d")), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();

        var gone = tree.removed(new Cgroup(102, "/a/b/c", 3));
        mechanism.update(List.of(gone), tree);
        mechanism.settle(tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
        assertThat(nft("list", "ruleset")).doesNotContain("drops");
    }

    @Test
    void aRehearsalReachesTheKernelAndChangesNothing() throws Exception {
        var odd = redirection("odd", 4000, true);
        policy.put("/a", new Verdict.Redirect(odd));
        create(100, "/a");
        mechanism.install(blueprint(true, odd), tree);
        assertThat(mechanism.disturbance()).isEqualTo(Mechanism.Disturbance.NONE);
        try (var events = Nftables.subscribe(RulesetComposer.TABLE)) {
            for (var verdict : List.of(new Verdict.Redirect(odd), Verdict.DIRECT)) {
                mechanism.rehearse(
                        new Assignment(new Cgroup(-1, "/x", 1), new Ruling(0, verdict), false, false, false));
            }
            var heard = new ArrayList<NftEvent>();
            events.drain(100, heard::add);
            assertThat(heard).anyMatch(event -> event instanceof NftEvent.ElementsChanged change && change.added());
        }
        assertThat(mechanism.disturbance()).isEqualTo(Mechanism.Disturbance.NONE);
        assertThat(mechanism.isIntact(tree)).isTrue();
    }

    @Test
    void aReloadChangesOnlyWhatDiffers() throws Exception {
        var one = redirection("one", 3000, false);
        policy.put("/a", new Verdict.Redirect(one));
        policy.put("/b", new Verdict.Redirect(one));
        create(100, "/a");
        create(101, "/b");
        mechanism.install(blueprint(false, one), tree);

        var two = redirection("two", 4000, true);
        policy.put("/b", new Verdict.Redirect(two));
        mechanism.reload(blueprint(false, one, two), tree.reclassify(this::classify), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
        mechanism.reload(blueprint(true, one, two), tree.reclassify(this::classify), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
        policy.clear();
        mechanism.reload(blueprint(false), tree.reclassify(this::classify), tree);
        assertThat(mechanism.isIntact(tree)).isTrue();
    }

    @Test
    void interferenceIsNoticed() throws Exception {
        policy.put("/a", DROP);
        create(100, "/a");
        mechanism.install(blueprint(false), tree);
        for (var harm : List.of(
                "delete table inet sluice",
                "add table inet sluice { flags dormant; }",
                "flush chain inet sluice output",
                "flush map inet sluice drops",
                "add element inet sluice drops { * : drop }",
                "add rule inet sluice output accept",
                "add chain inet sluice stranger")) {
            nft(harm.split(" "));
            assertThat(mechanism.disturbance()).as(harm).isEqualTo(Mechanism.Disturbance.FOREIGN);
            assertThat(mechanism.isIntact(tree)).as(harm).isFalse();
            mechanism.install(blueprint(false), tree);
            assertThat(mechanism.isIntact(tree)).as(harm).isTrue();
        }
    }

    @Test
    void whatIsInOtherTablesDoesNotMatter() throws Exception {
        mechanism.install(blueprint(false), tree);
        nft("add table inet stranger");
        try {
            nft("add map inet stranger verdicts { type ipv4_addr : verdict; elements = { * : drop }; }");
            assertThat(mechanism.disturbance()).isEqualTo(Mechanism.Disturbance.NONE);
            assertThat(mechanism.isIntact(tree)).isTrue();
        } finally {
            nft("delete table inet stranger");
        }
    }

    @Test
    void aTableOfSomebodyElseIsLeftAlone() throws Exception {
        nft("add", "table", "inet", "sluice");
        try {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> mechanism.install(blueprint(false), tree))
                    .isInstanceOf(ConflictException.class)
                    .hasMessageContaining("nft delete table inet sluice");
        } finally {
            nft("delete", "table", "inet", "sluice");
        }
    }
}
