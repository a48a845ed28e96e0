// SPDX-License-Identifier: Apache-2.0
package sluice.control;

/**
 * Where the process is now.
 *
 * @param cgroup path relative to the managed root
 */
public record RunView(String cgroup) {}
