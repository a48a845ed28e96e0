// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What differs between the versions of QUIC. */
enum QuicVersion {
    /** RFC 9001, section 5.2. */
    V1(0x0000_0001, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic ", 0, 1),
    /** RFC 9369, section 3. */
    V2(0x6b33_43cf, "0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2 ", 1, 2);

    private final int number;
    private final String salt;
    private final String label;
    private final int initial;
    private final int zeroRtt;

    QuicVersion(int number, String salt, String label, int initial, int zeroRtt) {
        this.number = number;
        this.salt = salt;
        this.label = label;
        this.initial = initial;
        this.zeroRtt = zeroRtt;
    }

    static @Nullable QuicVersion of(int number) {
        return number == V1.number ? V1 : number == V2.number ? V2 : null;
    }

    /** Of the keys of Initial packets. */
    byte[] salt() {
        return HexFormat.of().parseHex(salt);
    }

    /** What the labels of its keys start with. */
    String label() {
        return label;
    }

    /** The packet type "Initial". */
    int initial() {
        return initial;
    }

    /** The packet type "0-RTT". */
    int zeroRtt() {
        return zeroRtt;
    }
}
