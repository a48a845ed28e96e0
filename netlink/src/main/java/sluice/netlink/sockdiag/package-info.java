// SPDX-License-Identifier: Apache-2.0
/**
 * Sockets of this network namespace and the cgroups they belong to (sock_diag(7), linux/inet_diag.h).
 *
 * <pre>{@code
 * try (var sockets = SocketDiagnostics.open()) {
 *     boolean up = sockets.listeners(7893).stream().anyMatch(SocketInfo::servesIpv4);
 * }
 * }</pre>
 */
@NullMarked
package sluice.netlink.sockdiag;

import org.jspecify.annotations.NullMarked;
