// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

/** The transport protocols that labs serve and count. */
public enum Transport {
    /** TCP. */
    TCP("tcp", "-t"),
    /** UDP. */
    UDP("udp", "-u");

    private final String label;
    private final String flag;

    Transport(String label, String flag) {
        this.label = label;
        this.flag = flag;
    }

    /** Its name in lower case, as nft writes it. */
    public String label() {
        return label;
    }

    String flag() {
        return flag;
    }
}
