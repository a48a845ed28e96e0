// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Value;
import sluice.netlink.nftables.Verdict;
import sluice.testkit.Await;

/**
 * A policy that goes by the beginning of a cgroup's name: as configuration, and, computed on another way, as the elements
 * that the kernel has to hold for the tree as it is now.
 */
final class NamePolicy {
    /** The rules, for {@link SluiceDaemon#start}. */
    static final String RULES = """
            bypass: [127.0.0.0/8, "::1"]
            tproxies:
              web: {mark: 3000, port: 7893}
            rules:
              - {match: '/drop[^/]*$', drop: true}
              - {match: '/proxy[^/]*$', tproxy: web}
              - {match: '/direct[^/]*$', direct: true}
            """;

    private static final Table TABLE = Table.inet("sluice");
    private static final NftSet DIRECT = TABLE.set("direct", DataType.CGROUP);
    private static final NftSet MARKS = TABLE.map("marks", DataType.CGROUP, DataType.MARK);
    private static final NftSet DROPS = TABLE.map("drops", DataType.CGROUP, DataType.VERDICT);

    private NamePolicy() {}

    /** Returns once the kernel holds what the tree below this directory asks for: nothing is missing, nothing is stale. */
    static void awaitInForce(Path root, Duration limit) throws IOException {
        try (var nftables = Nftables.open()) {
            Await.until(
                    () -> difference(root, nftables), limit, () -> planned(root).equals(held(nftables)));
        }
    }

    private static String difference(Path root, Nftables nftables) {
        try {
            var missing = planned(root);
            var stale = held(nftables);
            var both = Map.copyOf(missing);
            missing.entrySet().removeAll(stale.entrySet());
            stale.entrySet().removeAll(both.entrySet());
            return "the kernel to equal the plan: " + missing.size() + " missing, " + stale.size() + " stale; such as "
                    + missing.entrySet().stream().limit(3).toList()
                    + stale.entrySet().stream().limit(3).toList();
        } catch (IOException e) {
            return "the kernel to equal the plan: " + e;
        }
    }

    /** Elements as {@code SET CGROUP-ID} and value. */
    private static Map<String, String> planned(Path root) throws IOException {
        var planned = new HashMap<String, String>();
        plan(root, false, planned);
        return planned;
    }

    private static void plan(Path directory, boolean belowDrop, Map<String, String> planned) throws IOException {
        try (var children =
                Files.newDirectoryStream(directory, child -> Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS))) {
            for (var child : children) {
                var name = String.valueOf(child.getFileName());
                var id = Files.getAttribute(child, "unix:ino");
                boolean drops = name.startsWith("drop");
                boolean matches = true;
                if (drops) {
                    planned.put("drops " + id, "drop");
                } else if (name.startsWith("proxy")) {
                    planned.put("marks " + id, "3000");
                } else if (name.startsWith("direct")) {
                    planned.put("direct " + id, "");
                } else {
                    matches = false;
                }
                if (matches && !drops && belowDrop) {
                    planned.put("drops " + id, "return");
                }
                plan(child, belowDrop || drops, planned);
            }
        } catch (NoSuchFileException | DirectoryIteratorException e) {
            // Removed while we looked.
        }
    }

    private static Map<String, String> held(Nftables nftables) throws IOException {
        var held = new TreeMap<String, String>();
        for (var set : nftables.sets(TABLE)) {
            switch (set.name()) {
                case "direct" ->
                    nftables.elements(DIRECT)
                            .forEach(e -> held.put("direct " + e.key().asCgroup(), ""));
                case "marks" ->
                    nftables.elements(MARKS)
                            .forEach(e -> held.put(
                                    "marks " + e.key().asCgroup(),
                                    e.data() instanceof Value v ? "" + v.asMark() : "?"));
                case "drops" ->
                    nftables.elements(DROPS)
                            .forEach(e -> held.put(
                                    "drops " + e.key().asCgroup(), Verdict.DROP.equals(e.data()) ? "drop" : "return"));
                default -> {}
            }
        }
        return held;
    }
}
