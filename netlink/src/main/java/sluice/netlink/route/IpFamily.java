// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

/** Address families that have routes. */
public enum IpFamily {
    IPV4(2),
    IPV6(10);

    private final int number;

    IpFamily(int number) {
        this.number = number;
    }

    /** AF_*. */
    public int number() {
        return number;
    }
}
