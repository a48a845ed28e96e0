// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.NLMSGERR_ATTR_MSG;
import static sluice.netlink.NetlinkConstants.NLMSGERR_ATTR_OFFS;
import static sluice.netlink.NetlinkConstants.NLMSG_ERROR;
import static sluice.netlink.NetlinkConstants.NLMSG_HDRLEN;
import static sluice.netlink.NetlinkConstants.NLM_F_ACK_TLVS;
import static sluice.netlink.NetlinkConstants.NLM_F_CAPPED;

/**
 * The kernel's answer to a request: NLMSG_ERROR (struct nlmsgerr), or NLMSG_DONE with an error number.
 *
 * @param errno positive, or 0 for success
 * @param text the extended acknowledgement's text, or empty
 * @param offset of the offending attribute in the request, or 0
 */
record Acknowledgement(int errno, String text, int offset) {
    private static final Acknowledgement SUCCESS = new Acknowledgement(0, "", 0);

    static Acknowledgement of(Messages message) throws NetlinkException.Malformed {
        int errno = -message.header32(0);
        if (errno == 0) {
            return SUCCESS;
        }
        var text = "";
        int offset = 0;
        if ((message.flags() & NLM_F_ACK_TLVS) != 0) {
            var attributes = message.attributes(headerLength(message));
            while (attributes.next()) {
                switch (attributes.type()) {
                    case NLMSGERR_ATTR_MSG -> text = attributes.string();
                    case NLMSGERR_ATTR_OFFS -> offset = attributes.u32();
                    default -> {}
                }
            }
        }
        return new Acknowledgement(errno, text, offset);
    }

    private static int headerLength(Messages message) throws NetlinkException.Malformed {
        if (message.type() != NLMSG_ERROR) {
            return 4;
        }
        int echoed = (message.flags() & NLM_F_CAPPED) != 0 ? NLMSG_HDRLEN : message.header32(4);
        if (echoed < NLMSG_HDRLEN || echoed > message.payloadLength() - 4) {
            throw new NetlinkException.Malformed("an error that echoes " + Integer.toUnsignedString(echoed) + " bytes");
        }
        return 4 + ((echoed + 3) & ~3);
    }

    NetlinkException failure(String operation) {
        return NetlinkException.of(operation, errno, text);
    }
}
