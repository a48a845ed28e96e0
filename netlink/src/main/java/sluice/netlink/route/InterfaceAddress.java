// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.IFADDRMSG_LENGTH;
import static sluice.netlink.route.RouteConstants.IFA_ADDRESS;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * An address of an interface, as far as it says what the interface is connected to.
 *
 * @param address one in the connected network: the interface's own, or the other end's where there are only two
 * @param prefixLength length of the network's prefix
 * @param interfaceIndex of the interface
 */
public record InterfaceAddress(InetAddress address, int prefixLength, int interfaceIndex) {
    /** The address a message tells of; nothing for one without a network. */
    static List<InterfaceAddress> decode(Messages message) throws NetlinkException.Malformed {
        var attributes = message.attributes(IFADDRMSG_LENGTH);
        while (attributes.next()) {
            if (attributes.type() == IFA_ADDRESS) {
                byte[] bytes = attributes.bytes();
                int length = message.header8(1);
                if (length > bytes.length * Byte.SIZE) {
                    throw new NetlinkException.Malformed("a prefix of " + length + " bits");
                }
                try {
                    return List.of(new InterfaceAddress(InetAddress.getByAddress(bytes), length, message.header32(4)));
                } catch (UnknownHostException e) {
                    throw new NetlinkException.Malformed("an address of " + bytes.length + " bytes");
                }
            }
        }
        return List.of();
    }
}
