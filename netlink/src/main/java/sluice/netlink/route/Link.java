// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.IFF_UP;
import static sluice.netlink.route.RouteConstants.IFINFOMSG_LENGTH;
import static sluice.netlink.route.RouteConstants.IFLA_IFNAME;

import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/** A network interface. */
public record Link(int index, String name, boolean up) {
    static Link decode(Messages message) throws NetlinkException.Malformed {
        var name = "";
        var attributes = message.attributes(IFINFOMSG_LENGTH);
        while (attributes.next()) {
            if (attributes.type() == IFLA_IFNAME) {
                name = attributes.string();
            }
        }
        return new Link(message.header32(4), name, (message.header32(8) & IFF_UP) != 0);
    }
}
