// SPDX-License-Identifier: Apache-2.0
/**
 * Netlink sockets and messages (netlink(7), linux/netlink.h): writing and reading messages and attributes, acknowledged
 * requests, dumps, batches, notifications.
 *
 * <p>The kernel answers every request of the families here inside sendto(2), so no call waits. A socket and its buffers
 * belong to one thread. Failures are {@link sluice.netlink.NetlinkException}s; callers match its nested types:
 *
 * <pre>{@code
 * try {
 *     nftables.transaction().delete(table).commit();
 * } catch (NetlinkException.Absent e) {
 *     // Gone already.
 * }
 * }</pre>
 */
@NullMarked
package sluice.netlink;

import org.jspecify.annotations.NullMarked;
