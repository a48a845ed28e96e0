// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

/** Numbers of linux/rtnetlink.h, linux/fib_rules.h and linux/if_link.h under the kernel's names. */
final class RouteConstants {
    static final int RTM_NEWLINK = 16;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWRULE = 32;
    static final int RTM_DELRULE = 33;
    static final int RTM_GETRULE = 34;

    static final int RTNLGRP_IPV4_IFADDR = 5;
    static final int RTNLGRP_IPV4_ROUTE = 7;
    static final int RTNLGRP_IPV4_RULE = 8;
    static final int RTNLGRP_IPV6_IFADDR = 9;
    static final int RTNLGRP_IPV6_ROUTE = 11;
    static final int RTNLGRP_IPV6_RULE = 19;

    /** Bytes of struct rtmsg and of struct fib_rule_hdr. */
    static final int RTMSG_LENGTH = 12;
    /** Bytes of struct ifinfomsg. */
    static final int IFINFOMSG_LENGTH = 16;

    static final int FRA_IIFNAME = 3;
    static final int FRA_PRIORITY = 6;
    static final int FRA_FWMARK = 10;
    static final int FRA_TABLE = 15;
    static final int FRA_FWMASK = 16;
    static final int FRA_PROTOCOL = 21;
    static final int FR_ACT_TO_TBL = 1;
    static final int FIB_RULE_INVERT = 2;

    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_PRIORITY = 6;
    static final int RTA_TABLE = 15;
    static final int RTN_LOCAL = 2;
    static final int RT_SCOPE_UNIVERSE = 0;
    static final int RT_SCOPE_HOST = 254;
    static final int RTM_F_CLONED = 0x200;

    /** Bytes of struct ifaddrmsg. */
    static final int IFADDRMSG_LENGTH = 8;

    static final int IFA_ADDRESS = 1;

    static final int IFLA_IFNAME = 3;
    static final int IFF_UP = 1;

    private RouteConstants() {}
}
