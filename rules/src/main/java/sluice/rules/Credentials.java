// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * What an upstream proxy wants to know.
 *
 * @param username at most 255 bytes (RFC 1929)
 * @param password at most 255 bytes (RFC 1929)
 */
public record Credentials(String username, Secret password) {}
