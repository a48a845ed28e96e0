// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import sluice.linux.DatagramBatch;

/** Where slots leave by. The loop's thread only. */
interface Sender {
    /** Sends slots, addressed already; what the kernel does not take is lost, as datagrams are, and counted. */
    void send(DatagramBatch batch, int first, int count);

    /** Whether trains have left already when they are to be sent by it, so that what came before has to leave first. */
    default boolean sendsTrainsAtOnce() {
        return false;
    }
}
