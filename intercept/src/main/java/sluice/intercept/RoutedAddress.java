// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.net.InetAddress;
import java.time.Duration;

/**
 * An address of a name whose flows go straight out.
 *
 * @param route one of {@link Blueprint.Names#routes()}
 * @param address IPv4 or IPv6
 * @param timeout from now on; more than zero
 */
public record RoutedAddress(String route, InetAddress address, Duration timeout) {}
