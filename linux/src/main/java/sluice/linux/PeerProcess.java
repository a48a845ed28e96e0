// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/**
 * The process that connected to a Unix socket. Its number alone does not name it: the kernel noted it at connect(2), the connection may
 * have been passed on since, and once the process has ended the number may be somebody else's. Any thread.
 */
public interface PeerProcess extends AutoCloseable {
    /** Its number, which means it only while it is alive. */
    int pid();

    /** Whether it has not ended, so that the number was its own until now. */
    boolean isAlive();

    @Override
    void close();
}
