// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import java.util.List;

/** Turns a message into values. */
@FunctionalInterface
public interface Decoder<T> {
    /** Appends what the message at the cursor says; nothing if it is of no interest. */
    void decode(Messages message, List<T> into) throws NetlinkException.Malformed;
}
