// SPDX-License-Identifier: Apache-2.0
/**
 * Desired state to kernel: which cgroup's traffic goes where, and the mechanisms that make the kernel do it.
 *
 * <p>{@link sluice.intercept.PolicyTree} is <em>policy × cgroup tree</em> and pure; a {@link sluice.intercept.Mechanism}
 * carries its changes into the kernel.
 */
@NullMarked
package sluice.intercept;

import org.jspecify.annotations.NullMarked;
