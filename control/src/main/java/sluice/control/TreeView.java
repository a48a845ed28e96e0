// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every managed cgroup with its target.
 *
 * @param root the managed cgroup directory
 * @param cgroups parents before their children, siblings by name
 */
public record TreeView(String root, List<Node> cgroups) {
    /**
     * One cgroup.
     *
     * @param path relative to the root, {@code /system.slice/x.service}
     * @param id the kernel's
     * @param line of the rule in force; 0 where no rule reaches it
     * @param target in force, as in the file; null where no rule reaches it
     * @param inheritedFrom path of the ancestor that the rule matched; null where it matched this cgroup, or none
     */
    public record Node(
            String path,
            long id,
            int line,
            @Nullable String target,
            @Nullable String inheritedFrom) {}
}
