// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

/** One message to the kernel that is sent on its own. */
public interface Request {
    /** nlmsg_type. */
    int type();

    /** Flags besides NLM_F_REQUEST, NLM_F_ACK and NLM_F_DUMP, which the socket sets. */
    default int flags() {
        return 0;
    }

    /** Writes the family's fixed header and the attributes. */
    void encode(MessageWriter writer);

    /** What it does to what, for an error message; asked for only when it failed. */
    String describe();
}
