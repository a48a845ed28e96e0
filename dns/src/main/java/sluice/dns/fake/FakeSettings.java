// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.nio.file.Path;
import java.time.Duration;
import sluice.rules.Prefix;

/**
 * What the configuration says of fake IPs.
 *
 * @param ipv4 pool of IPv4 addresses
 * @param ipv6 pool of IPv6 addresses
 * @param ttl how long applications may remember an address that they were given; whole seconds
 * @param file where names and their addresses are remembered
 */
public record FakeSettings(Prefix ipv4, Prefix ipv6, Duration ttl, Path file) {}
