// SPDX-License-Identifier: Apache-2.0
package sluice.control;

/**
 * Asks for a member of a group of type {@code select} to be used for new flows.
 *
 * @param group the group's name
 * @param member one of its outbounds
 */
public record SelectRequest(String group, String member) {}
