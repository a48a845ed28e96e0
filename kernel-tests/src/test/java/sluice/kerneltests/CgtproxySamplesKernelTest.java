// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** cgtproxy's own sample files, with nothing but the cgroup root replaced, on the tree of a desktop. */
@KernelTest
class CgtproxySamplesKernelTest {
    private static final String USER = "/user.slice/user-1000.slice/user@1000.service";
    private static final String META = "tproxy clash-meta";

    /** What cgtproxy decides with example.yaml: the first rule found in the path, for every cgroup by itself. */
    private static final Map<String, String> DAILY_USE = Map.ofEntries(
            Map.entry("/init.scope", META),
            Map.entry("/system.slice", META),
            Map.entry("/system.slice/sshd.service", META),
            Map.entry("/system.slice/clash-meta.service", "direct"),
            Map.entry("/system.slice/clash-meta.service/sub", "direct"),
            Map.entry("/system.slice/one.metacubex.clash-meta.service", "direct"),
            Map.entry("/system.slice/two.metacubex.clash-meta.service", META),
            Map.entry("/user.slice", META),
            Map.entry("/user.slice/user-1000.slice", META),
            Map.entry(USER, META),
            Map.entry(USER + "/cgtproxy.slice", META),
            Map.entry(USER + "/cgtproxy.slice/cgtproxy-direct.slice", META),
            Map.entry(USER + "/cgtproxy.slice/cgtproxy-direct.slice/run-u22.service", "direct"),
            Map.entry(USER + "/cgtproxy.slice/cgtproxy-drop.slice", META),
            Map.entry(USER + "/cgtproxy.slice/cgtproxy-drop.slice/run-u1.service", "drop"),
            Map.entry(USER + "/cgtproxy.slice/cgtproxy-proxy.slice", META),
            Map.entry(USER + "/cgtproxy.slice/cgtproxy-proxy.slice/run-u1.scope", META),
            Map.entry(USER + "/app.slice", META),
            Map.entry(USER + "/app.slice/app-gnome-parsecd-1234.scope", "direct"),
            Map.entry(USER + "/app.slice/app-parsecd@autostart.service", "direct"),
            Map.entry(USER + "/app.slice/app-xfce-parsecd-1234.scope", META));

    /** The same for example_config.yaml; what no rule is found in follows the nearest ancestor, or stays untouched. */
    private static final Map<String, String> THREE_SERVERS = Map.ofEntries(
            Map.entry("/system.slice", ""),
            Map.entry("/system.slice/sshd.service", ""),
            Map.entry("/user.slice", ""),
            Map.entry("/user.slice/user-1000.slice", ""),
            Map.entry(USER, ""),
            Map.entry(USER + "/session.slice", ""),
            Map.entry(USER + "/app.slice", "tproxy clash"),
            Map.entry(USER + "/app.slice/app-firefox-1.scope", "tproxy clash"),
            Map.entry("/user.slice/user-1001.slice", ""),
            Map.entry("/user.slice/user-1001.slice/user@1001.service", ""),
            Map.entry("/user.slice/user-1001.slice/user@1001.service/app.slice", META),
            Map.entry("/user.slice/user-1001.slice/user@1001.service/app.slice/a.scope", META),
            Map.entry("/user.slice/user-1002.slice", ""),
            Map.entry("/user.slice/user-1002.slice/user@1002.service", ""),
            Map.entry("/user.slice/user-1002.slice/user@1002.service/app.slice", "tproxy v2ray"));

    @Test
    void theDailyUseSampleRuns(Lab lab) throws Exception {
        runs("example.yaml", DAILY_USE, Map.of("3000", META), lab);
    }

    @Test
    void theSampleWithThreeServersRuns(Lab lab) throws Exception {
        runs(
                "example_config.yaml",
                THREE_SERVERS,
                Map.of("4000", "tproxy clash", "4001", META, "4002", "tproxy v2ray"),
                lab);
    }

    private static void runs(String sample, Map<String, String> expected, Map<String, String> marks, Lab lab)
            throws Exception {
        var paths = expected.keySet().stream().map(path -> path.substring(1)).toArray(String[]::new);
        try (var machine = Machine.with(lab, paths)) {
            var text = sample(sample);
            var line = "cgroup-root: AUTO";
            assertThat(text).containsOnlyOnce(line);
            var file = lab.file(
                    sample,
                    text.replace(line, "cgroup-root: " + machine.cgroups().root()));
            try (var daemon = SluiceDaemon.launch(lab, file).awaitReady()) {
                assertThat(tree(daemon)).isEqualTo(new TreeMap<>(expected));
                var held = held(lab, machine, marks);
                expected.forEach((path, target) ->
                        assertThat(held.getOrDefault(path, "")).as(path).isEqualTo(target));
                assertThat(daemon.stop()).isZero();
            }
        }
    }

    private static String sample(String name) throws IOException {
        try (InputStream in = CgtproxySamplesKernelTest.class.getResourceAsStream("cgtproxy/" + name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, String> tree(SluiceDaemon daemon) throws IOException {
        var targets = new TreeMap<String, String>();
        for (var node : (List<?>) Objects.requireNonNull(daemon.json("tree").get("cgroups"))) {
            var cgroup = (Map<?, ?>) node;
            var target = cgroup.get("target");
            targets.put(String.valueOf(cgroup.get("path")), target == null ? "" : target.toString());
        }
        return targets;
    }

    /** What the kernel's elements say, in the words of the configuration; nft finds the path of a cgroup's id itself. */
    private static Map<String, String> held(Lab lab, Machine machine, Map<String, String> marks) throws IOException {
        var listing = JSON.std.mapFrom(
                lab.here().run("nft", "-j", "list", "table", "inet", "sluice").out());
        var root = "unified/" + machine.cgroups().root().getFileName();
        var held = new HashMap<String, String>();
        for (var entry : (List<?>) Objects.requireNonNull(listing.get("nftables"))) {
            for (var object : ((Map<?, ?>) entry).values()) {
                var set = (Map<?, ?>) object;
                if (!"cgroupsv2".equals(set.get("type")) || !(set.get("elem") instanceof List<?> elements)) {
                    continue;
                }
                for (var element : elements) {
                    var target = switch (String.valueOf(set.get("name"))) {
                        case "direct" -> "direct";
                        case "drops" -> valueOf(element).contains("drop") ? "drop" : null;
                        case "marks" -> marks.get(valueOf(element));
                        default -> null;
                    };
                    if (target != null) {
                        held.merge(pathOf(element).substring(root.length()), target, (one, two) -> one + " and " + two);
                    }
                }
            }
        }
        return held;
    }

    private static String pathOf(Object element) {
        var key = element instanceof List<?> pair ? pair.getFirst() : element;
        var inner = Objects.requireNonNull(((Map<?, ?>) key).get("elem"));
        return String.valueOf(((Map<?, ?>) inner).get("val"));
    }

    private static String valueOf(Object element) {
        return element instanceof List<?> pair ? String.valueOf(pair.get(1)) : "";
    }
}
