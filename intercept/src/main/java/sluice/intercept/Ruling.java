// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

/**
 * The rule that matches a cgroup itself, and what it asks for.
 *
 * @param rule index of the rule in the configuration, from 0
 */
public record Ruling(int rule, Verdict verdict) {}
