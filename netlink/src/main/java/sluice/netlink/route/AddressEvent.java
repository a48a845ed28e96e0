// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.RTM_DELADDR;
import static sluice.netlink.route.RouteConstants.RTM_NEWADDR;

import java.util.List;
import sluice.netlink.Messages;

/** What a notification about addresses of interfaces says: that {@link Routes#addresses} may answer otherwise by now. */
public enum AddressEvent {
    /** An address came, changed or went. */
    CHANGED,
    /** The kernel had to drop notifications. */
    LOST;

    static void decode(Messages message, List<AddressEvent> into) {
        if (message.type() == RTM_NEWADDR || message.type() == RTM_DELADDR) {
            into.add(CHANGED);
        }
    }
}
