// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;

/** A policy, as the {@link PolicyTree} asks it. Must be a pure function. */
@FunctionalInterface
public interface Classifier {
    /** The first rule that matches this very cgroup, or null: then it inherits from its nearest matched ancestor. */
    @Nullable
    Ruling classify(Cgroup cgroup);
}
