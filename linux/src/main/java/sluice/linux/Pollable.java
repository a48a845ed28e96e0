// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Something with a descriptor that a {@link Poller} can wait for. */
public sealed interface Pollable permits FileDescriptor, StreamSocket {
    /**
     * The descriptor's number, for calls that name it.
     *
     * @throws IllegalStateException when it is closed
     */
    int number();

    /** Whether it has not been closed. */
    boolean isOpen();
}
