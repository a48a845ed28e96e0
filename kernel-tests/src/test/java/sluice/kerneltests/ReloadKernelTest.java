// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** The configuration changes while the daemon runs: by command, by signal, by itself; to something good and to something bad. */
@KernelTest
class ReloadKernelTest {
    /** Files with one error each: what is wrong, and the text from the first line on. */
    private static Map<String, byte[]> badFiles(String root) {
        var start = "version: 1\ncgroup-root: " + root + "\n";
        var files = new LinkedHashMap<String, byte[]>();
        var texts = new LinkedHashMap<String, String>();
        texts.put("no YAML", start + "rules: [\n");
        texts.put("an unknown key", start + "new-cgroups: hold\nrouls: []\n");
        texts.put("an unknown name", start + "rules:\n  - {match: '/a', tproxy: nobody}\n");
        texts.put("a regular expression that is none", start + "rules:\n  - {match: '/a(', drop: true}\n");
        texts.put("lookahead", start + "rules:\n  - {match: '/a(?=b)', drop: true}\n");
        texts.put("two targets", start + "rules:\n  - {match: '/a', drop: true, direct: true}\n");
        texts.put("a port out of range", start + "tproxies: {web: {mark: 3000, port: 70000}}\n");
        texts.put("one mark twice", start + "tproxies: {a: {mark: 1, port: 1}, b: {mark: 1, port: 2}}\n");
        texts.put("a bypass with host bits", start + "bypass: [192.0.2.1/24]\n");
        texts.put("another version", "version: 2\n");
        texts.put("a number for a list", start + "bypass: 7\n");
        texts.put("too much", start + "# " + "x".repeat(8 << 20) + "\n");
        texts.forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
        files.put("UTF-16", (start + NamePolicy.RULES).getBytes(StandardCharsets.UTF_16));
        files.put("nothing but zeros", new byte[100]);
        return files;
    }

    @Test
    void aBadFileLeavesEverythingAsItWas(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("bad")) {
            cgroups.cgroup("drop-a/proxy-b");
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                var before = KernelState.of(lab);
                for (var bad : badFiles(cgroups.root().toString()).entrySet()) {
                    Files.write(daemon.file(), bad.getValue());
                    var answer = SluiceDaemon.command(lab, "reload").attempt();
                    assertThat(answer.status()).as(bad.getKey()).isEqualTo(3);
                    assertThat(answer.err()).as(bad.getKey()).containsPattern("config\\.yaml:[0-9]+:[0-9]+: ");
                    assertThat(KernelState.of(lab)).as(bad.getKey()).isEqualTo(before);
                }
                cgroups.cgroup("proxy-later");
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                Files.delete(daemon.file());
                assertThat(SluiceDaemon.command(lab, "reload").attempt().status())
                        .isNotZero();
                NamePolicy.awaitInForce(cgroups.root(), SOON);
            }
        }
    }

    @Test
    void checkAndStartRefuseABadFileWithItsPlace(Lab lab) throws Exception {
        var file = lab.file("config.yaml", "version: 1\nrules:\n  - {match: '/a', tproxy: nobody}\n");
        var before = KernelState.of(lab);
        for (var command : new String[] {"check", "daemon"}) {
            var answer =
                    SluiceDaemon.command(lab, command, "-c", file.toString()).attempt();
            assertThat(answer.status()).as(command).isEqualTo(3);
            assertThat(answer.err()).as(command).contains("config.yaml:3:").contains("nobody");
        }
        assertThat(KernelState.of(lab)).isEqualTo(before);
    }

    /** So many names that reading them takes a while. */
    private static String longList(Lab lab) throws IOException {
        var names = new StringBuilder();
        for (int i = 0; i < 300_000; i++) {
            names.append("host-").append(i).append(".example\n");
        }
        return "routes: [{domain-file: " + lab.file("names.txt", names.toString()) + ", outbound: block}]\n";
    }

    @Test
    void theDaemonAnswersAndClassifiesWhileItReadsALongList(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("long")) {
            var lists = longList(lab);
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                SluiceDaemon.write(lab, cgroups, lists + NamePolicy.RULES);
                try (var reload = daemon.watch("reload")) {
                    for (int i = 0; reload.alive(); i++) {
                        cgroups.cgroup("proxy-" + i);
                        NamePolicy.awaitInForce(cgroups.root(), SOON);
                    }
                    assertThat(reload.await(SOON).out()).contains("config.yaml is in force: ");
                }
                SluiceDaemon.write(lab, cgroups, lists + "rules: 7\n");
                var answer = SluiceDaemon.command(lab, "reload").attempt();
                assertThat(answer.status()).isEqualTo(3);
                assertThat(answer.err()).contains("rules: found \"7\"", "the policy in force stays");
                cgroups.cgroup("drop-last");
                NamePolicy.awaitInForce(cgroups.root(), SOON);
            }
        }
    }

    @Test
    void whatIsWrittenDuringAReloadIsReadByTheNextOne(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("coalesced")) {
            cgroups.cgroup("a");
            var lists = longList(lab);
            try (var daemon = SluiceDaemon.start(lab, cgroups, drop("first"))) {
                hangUp(lab, daemon, cgroups, lists + drop("second"));
                for (int i = 0; i < 20; i++) {
                    hangUp(lab, daemon, cgroups, lists + drop("third-" + i));
                }
                assertThat(daemon.reload(cgroups, lists + drop("fourth")).out()).contains("is in force");
                assertThat(daemon.cli("status", "--json").out()).contains("/fourth");
                assertThat(daemon.log().lines().filter(line -> line.contains("reloaded: ")))
                        .hasSizeLessThanOrEqualTo(22);
            }
        }
    }

    @Test
    void aDaemonThatIsToldToStopDuringAReloadStops(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("stopped")) {
            var lists = longList(lab);
            try (var daemon = SluiceDaemon.start(lab, cgroups, drop("first"))) {
                hangUp(lab, daemon, cgroups, lists + drop("second"));
                assertThat(daemon.stop()).isZero();
                KernelState.assertNothingLeft(lab);
            }
        }
    }

    @Test
    void aReloadThatAsksForWhatIsNotServedIsRefusedByName(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("engine")) {
            cgroups.cgroup("drop-a");
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                var before = KernelState.of(lab);
                SluiceDaemon.write(lab, cgroups, "intercept: tc\n" + NamePolicy.RULES);
                var answer = SluiceDaemon.command(lab, "reload").attempt();
                assertThat(answer.status()).isNotZero();
                assertThat(answer.err()).contains("config.yaml: intercept: ");
                assertThat(KernelState.of(lab)).isEqualTo(before);
                assertThat(daemon.alive()).isTrue();
            }
        }
    }

    @Test
    void aHangUpReloads(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("hup")) {
            cgroups.cgroup("drop-a");
            cgroups.cgroup("proxy-b");
            try (var daemon = SluiceDaemon.start(lab, cgroups, "")) {
                hangUp(lab, daemon, cgroups, NamePolicy.RULES);
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                hangUp(lab, daemon, cgroups, "rules: 7\n");
                daemon.awaitLog("the policy in force stays", SOON);
                NamePolicy.awaitInForce(cgroups.root(), SOON);
            }
        }
    }

    /** As nohup(1) starts it, and parents that ignore more than that. */
    @Test
    void signalsThatWereIgnoredAtTheStartReloadAndStop(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("nohup")) {
            cgroups.cgroup("drop-a");
            var file = SluiceDaemon.write(lab, cgroups, "");
            var ignoring = List.of("sh", "-c", "trap '' HUP TERM; exec \"$@\"", "ignoring");
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), ignoring).awaitReady()) {
                hangUp(lab, daemon, cgroups, NamePolicy.RULES);
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                assertThat(daemon.stop()).isZero();
            }
            KernelState.assertNothingLeft(lab);
        }
    }

    private static void hangUp(Lab lab, SluiceDaemon daemon, CgroupSandbox cgroups, String configuration)
            throws IOException {
        SluiceDaemon.write(lab, cgroups, configuration);
        lab.here().script("kill -HUP " + daemon.pid());
    }

    @Test
    void theWatchedFileIsReadAgainHoweverItIsReplaced(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("watch")) {
            cgroups.cgroup("a");
            var start = "version: 1\nreload: auto\ncgroup-root: " + cgroups.root() + "\n";
            var volume = Files.createDirectory(lab.directory().resolve("volume"));
            // As Kubernetes lays out a ConfigMap: config.yaml -> ..data/config.yaml, ..data -> ..1
            configMap(volume, "..1", start + drop("first"));
            var file = Files.createSymbolicLink(volume.resolve("config.yaml"), Path.of("..data/config.yaml"));
            try (var daemon = SluiceDaemon.launch(lab, file).awaitReady()) {
                configMap(volume, "..2", start + drop("second"));
                awaitRule(daemon, "second");
                configMap(volume, "..3", start + drop("third"));
                awaitRule(daemon, "third");
            }
            var plain = Files.writeString(lab.directory().resolve("config.yaml"), start + drop("first"));
            try (var daemon = SluiceDaemon.launch(lab, plain).awaitReady()) {
                Files.writeString(plain, start + drop("in-place"));
                awaitRule(daemon, "in-place");
                var next = lab.file("next.yaml", start + drop("renamed"));
                Files.move(next, plain, StandardCopyOption.ATOMIC_MOVE);
                awaitRule(daemon, "renamed");
                Files.writeString(plain, start + "rules: 7\n");
                daemon.awaitLog("the policy in force stays", SOON);
                awaitRule(daemon, "renamed");
                Files.delete(plain);
                Files.writeString(plain, start + drop("made-anew"));
                awaitRule(daemon, "made-anew");
            }
        }
    }

    @Test
    void filesThatTheConfigurationNamesAreWatchedAsWell(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("watch-lists")) {
            cgroups.cgroup("a");
            var start = "version: 1\nreload: auto\ncgroup-root: " + cgroups.root()
                    + "\nroutes: [{domain-file: lists/names.txt, outbound: block}]\n";
            var names = Files.createDirectory(lab.directory().resolve("lists")).resolve("names.txt");
            Files.writeString(names, "a.example\n");
            var file = Files.writeString(lab.directory().resolve("config.yaml"), start + drop("first"));
            try (var daemon = SluiceDaemon.launch(lab, file).awaitReady()) {
                Files.writeString(names, "# nobody\na b\n");
                daemon.awaitLog(names + ":2:1: \"a b\" is not a host name", SOON);
                Files.writeString(names, "b.example\n");
                daemon.awaitLog("reloaded: 1 rules", SOON);
                Files.writeString(file, (start + drop("second")).replace("lists/", "later/"));
                daemon.awaitLog("later/names.txt\": it does not exist", SOON);
                awaitRule(daemon, "first");
                Files.writeString(
                        Files.createDirectory(lab.directory().resolve("later")).resolve("names.txt"), "c.example\n");
                awaitRule(daemon, "second");
            }
        }
    }

    @Test
    void filesThatCannotBeWatchedAreLookedAtNowAndThen(Lab lab) throws Exception {
        // The tree takes the one inotify instance that this user namespace has.
        var limited = List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "--net",
                "sh",
                "-c",
                "echo 1 >/proc/sys/user/max_inotify_instances && exec \"$@\"",
                "limited");
        try (var cgroups = CgroupSandbox.create("unwatched")) {
            var file = SluiceDaemon.write(lab, cgroups, drop("first"));
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), limited).awaitReady()) {
                assertThat(daemon.reload(cgroups, "reload: auto\n" + drop("second"))
                                .err())
                        .contains("changes of the configuration are noticed late", "max_user_instances");
                awaitRule(daemon, "second");
                SluiceDaemon.write(lab, cgroups, "reload: auto\n" + drop("third"));
                awaitRule(daemon, "third");
            }
        }
    }

    @Test
    void whatTakesARestartIsSaid(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("restart")) {
            try (var daemon = SluiceDaemon.start(lab, cgroups, drop("first"))) {
                assertThat(daemon.reload(cgroups, "api: {socket: /run/sluice/other.sock}\n" + drop("second"))
                                .err())
                        .contains(
                                "the control socket stays /run/sluice/control.sock; a restart makes it /run/sluice/other.sock");
                awaitRule(daemon, "second");
            }
        }
    }

    private static String drop(String name) {
        return "rules:\n  - {match: '^/" + name + "$', drop: true}\n";
    }

    private static void configMap(Path volume, String version, String text) throws IOException {
        Files.writeString(Files.createDirectory(volume.resolve(version)).resolve("config.yaml"), text);
        var link = volume.resolve("..data_tmp");
        Files.createSymbolicLink(link, Path.of(version));
        Files.move(link, volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void awaitRule(SluiceDaemon daemon, String name) {
        Await.until(
                "the rule " + name + " to be in force",
                Await.SOON,
                () -> daemon.cli("status", "--json").out().contains("/" + name));
    }
}
