// SPDX-License-Identifier: Apache-2.0
/** The cgroup2 mount and the tree below it. */
@NullMarked
package sluice.cgroup;

import org.jspecify.annotations.NullMarked;
