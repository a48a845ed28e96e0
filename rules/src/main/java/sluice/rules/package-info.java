// SPDX-License-Identifier: Apache-2.0
/**
 * What the operator wants: the configuration, and which rule a cgroup falls under.
 *
 * <p>Everything here is immutable and may be used from any thread, except {@link sluice.rules.ConfigurationReader}'s
 * work while it runs.
 */
@NullMarked
package sluice.rules;

import org.jspecify.annotations.NullMarked;
