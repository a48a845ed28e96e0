// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/**
 * Who connected to a Unix socket, as the kernel noted at connect(2) (SO_PEERCRED, unix(7)).
 *
 * @param pid in the reader's pid namespace; 0 for a process outside of it
 * @param uid effective user, unsigned 32 bits
 * @param gid effective group, unsigned 32 bits
 */
public record PeerCredentials(int pid, int uid, int gid) {}
