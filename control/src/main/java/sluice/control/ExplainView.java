// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a cgroup's traffic goes where it goes.
 *
 * @param path relative to the managed root
 * @param id the kernel's; 0 where there is no such cgroup now
 * @param decision the rule in force; null where no rule reaches the cgroup
 * @param matches what each cgroup on the path matches, outermost first
 * @param kernel what the kernel holds for the cgroup, one line each; empty where there is no daemon to ask
 * @param notes what else bears on the outcome
 */
public record ExplainView(
        String path,
        long id,
        @Nullable Decision decision,
        List<Match> matches,
        List<String> kernel,
        List<String> notes) {

    /**
     * A rule in force.
     *
     * @param line in the file, from 1
     * @param condition as in the file
     * @param target as in the file
     * @param inheritedFrom path of the ancestor that the rule matched; null where it matched the cgroup itself
     */
    public record Decision(
            int line,
            String condition,
            String target,
            @Nullable String inheritedFrom) {}

    /**
     * The first rule that a cgroup matches by itself.
     *
     * @param path of the cgroup
     * @param line in the file; 0 where none matches
     * @param condition as in the file; null where none matches
     * @param target as in the file; null where none matches
     */
    public record Match(
            String path,
            int line,
            @Nullable String condition,
            @Nullable String target) {}
}
