// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

/**
 * The rule that matches a cgroup itself, and what it asks for.
 *
 * @param rule number of the rule, the same for as long as the rule is in force; negative for one that is not in the configuration
 */
public record Ruling(int rule, Verdict verdict) {}
