// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;

/**
 * The far end of a lab's only way out: a namespace joined to {@link Lab#here} by the device {@value #DEVICE}, with addresses
 * that servers can use, all from the documentation ranges.
 *
 * @param namespace where its servers run
 */
public record Internet(Namespace namespace) {
    /** The device of {@link Lab#here} that leads there. */
    public static final String DEVICE = "wan";
    /** The device of the far end by which it arrives there. */
    public static final String FAR_DEVICE = "machine";
    /** The machine under test, seen from outside. */
    public static final String MACHINE4 = "192.0.2.2";
    /** The machine under test, seen from outside. */
    public static final String MACHINE6 = "2001:db8:1::2";
    /** A server's IPv4 address. */
    public static final String SERVER4 = "203.0.113.10";
    /** Another server's IPv4 address, in the same namespace. */
    public static final String OTHER4 = "198.51.100.20";
    /** A server's IPv6 address. */
    public static final String SERVER6 = "2001:db8:2::10";
    /** Another server's IPv6 address, in the same namespace. */
    public static final String OTHER6 = "2001:db8:3::20";

    private static final String GATEWAY4 = "192.0.2.1";
    private static final String GATEWAY6 = "2001:db8:1::1";

    static Internet join(Lab lab) throws IOException {
        var there = lab.namespace("internet");
        lab.link(lab.here(), DEVICE, there, FAR_DEVICE);
        there.address(FAR_DEVICE, GATEWAY4 + "/24", GATEWAY6 + "/64");
        there.address("lo", SERVER4 + "/32", OTHER4 + "/32", SERVER6 + "/128", OTHER6 + "/128");
        lab.here().address(DEVICE, MACHINE4 + "/24", MACHINE6 + "/64");
        lab.here().route("default", GATEWAY4).route("default", GATEWAY6);
        return new Internet(there);
    }
}
