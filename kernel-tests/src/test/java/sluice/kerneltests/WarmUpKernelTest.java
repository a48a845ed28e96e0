// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.netlink.nftables.NftEvent;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What the daemon does on its own in the first second. */
@KernelTest
class WarmUpKernelTest {
    @Test
    void warmingUpChangesNothingAndLeavesNothing(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("warm-up")) {
            Files.createDirectory(cgroups.root().resolve("drop1"));
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES);
                    var events = Nftables.subscribe(Table.inet("sluice"))) {
                Await.until("the warm-up's directory", SOON, () -> placeExists(lab));
                Await.until("the warm-up's end", SOON, () -> !placeExists(lab));
                var seen = new ArrayList<NftEvent>();
                events.drain(1000, seen::add);
                assertThat(seen).isNotEmpty().allMatch(WarmUpKernelTest::concernsNobody);
                assertThat(added(seen, true)).isEqualTo(added(seen, false));
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                assertThat(daemon.alive()).isTrue();
            }
        }
    }

    @Test
    void theEngineWarmsUpUnseen(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            // Also where a rule leads the daemon's own connections to the engine.
            var outside = machine.internet().count("meta l4proto {tcp, udp}");
            var file = SluiceDaemon.write(lab, machine.cgroups(), """
                    rules: [{match: /, proxy: direct}]
                    dns: {mode: real, log: true, servers: ["udp://203.0.113.10"]}
                    """);
            var inside = List.of(
                    "sh",
                    "-c",
                    "echo $$ >\"$0\"/cgroup.procs && exec \"$@\"",
                    machine.cgroup("proxied/daemon").toString());
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of("SLUICE_LOG", "debug"), inside)
                    .awaitReady()) {
                daemon.awaitLog("the engine is warm", SOON);
                assertThat(outside.packets()).isZero();
                assertThat(daemon.log()).doesNotContain(" flow ").doesNotContain(" query ");
                assertThat(daemon.cli("flows", "--json").out()).isEqualToIgnoringWhitespace("[]");
                var status = daemon.json("status");
                assertThat(status.get("engine")).asString().contains("flows=0", "accepted=0");
                assertThat(status.get("dns")).asString().contains("mode=real").doesNotContainPattern("queries=[1-9]");
            }
        }
    }

    /** A generation, or an element of the cgroup that does not exist. */
    private static boolean concernsNobody(NftEvent event) {
        return switch (event) {
            case NftEvent.Generation _ -> true;
            case NftEvent.ElementsChanged change ->
                change.elements().stream().allMatch(element -> element.key().asCgroup() == -1);
            default -> false;
        };
    }

    private static long added(List<NftEvent> events, boolean added) {
        return events.stream()
                .filter(event -> event instanceof NftEvent.ElementsChanged change && change.added() == added)
                .count();
    }

    private static boolean placeExists(Lab lab) throws IOException {
        try (var entries = Files.list(SluiceDaemon.runDirectory(lab))) {
            return entries.anyMatch(entry -> entry.toString().endsWith(".warm-up"));
        }
    }
}
