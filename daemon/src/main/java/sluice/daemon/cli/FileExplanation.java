// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.CgroupMount;
import sluice.control.ExplainView;
import sluice.daemon.AskedCgroup;
import sluice.daemon.LoopbackProxies;
import sluice.linux.FileStatus;
import sluice.rules.Configuration;
import sluice.rules.Policy;

/** What a configuration file alone says of a cgroup. */
final class FileExplanation {
    private final Policy policy;
    private final Path root;

    /**
     * An explanation of these rules.
     *
     * @param root directory of the managed root
     */
    FileExplanation(Policy policy, Path root) {
        this.policy = policy;
        this.root = root;
    }

    /** Directory of the managed root. */
    Path root() {
        return root;
    }

    static FileExplanation of(Configuration configuration) throws IOException {
        var mount = CgroupMount.discover();
        var named = configuration.cgroupRoot();
        var root = Path.of(named.isPresent() ? CgroupMount.rootAt(named.get()).directory() : mount.point());
        var below = root.startsWith(mount.point()) ? Path.of(mount.point()) : root;
        return new FileExplanation(new Policy(configuration.rules(), root, below), root);
    }

    /** Where the cgroup at this path is sent, if an outbound is its target. */
    LoopbackProxies.@Nullable Sent sent(String path) {
        return LoopbackProxies.Sent.of(policy.decide(path));
    }

    /** @param argument absolute, or from the managed root */
    ExplainView explain(String argument) throws IOException {
        var path = AskedCgroup.path(root.toString(), argument);
        long id = FileStatus.of(root + path)
                .filter(FileStatus::isDirectory)
                .map(FileStatus::inode)
                .orElse(0L);
        var matches = new ArrayList<ExplainView.Match>();
        for (int end = path.indexOf('/', 1); end != 0; end = path.indexOf('/', end + 1)) {
            var ancestor = end < 0 ? path : path.substring(0, end);
            matches.add(policy.match(ancestor)
                    .map(rule -> new ExplainView.Match(
                            ancestor,
                            rule.line(),
                            rule.condition(),
                            rule.target().description()))
                    .orElse(new ExplainView.Match(ancestor, 0, null, null)));
            if (end < 0) {
                break;
            }
        }
        Optional<ExplainView.Decision> decision = policy.decide(path)
                .map(found -> new ExplainView.Decision(
                        found.rule().line(),
                        found.rule().condition(),
                        found.target().description(),
                        found.inherited() ? found.matched() : null));
        return new ExplainView(path, id, decision.orElse(null), matches, List.of(), notes(id));
    }

    private static List<String> notes(long id) {
        return id == 0 ? List.of("there is no such cgroup now") : List.of();
    }
}
