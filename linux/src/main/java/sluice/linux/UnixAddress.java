// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.nio.charset.StandardCharsets;

/**
 * {@code struct sockaddr_un} of unix(7).
 *
 * @param name a path, or the abstract name without its leading zero byte; UTF-8; empty for an unnamed socket
 * @param isAbstract whether the name lives in the network namespace instead of the file system
 */
public record UnixAddress(String name, boolean isAbstract) implements Address {
    /** Bytes of {@code sun_path}. */
    public static final int MAXIMUM_BYTES = 108;

    /**
     * @throws IllegalArgumentException when the name does not fit into 108 bytes with its zero byte, or a path contains one
     */
    public UnixAddress {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAXIMUM_BYTES - 1) {
            throw new IllegalArgumentException(
                    "socket name of " + bytes + " bytes, the kernel allows " + (MAXIMUM_BYTES - 1) + ": " + name);
        }
        if (!isAbstract && name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("socket path contains a zero byte");
        }
    }

    /** As systemd writes NOTIFY_SOCKET: a path, or {@code @name} for an abstract one. */
    public static UnixAddress parse(String text) {
        return text.startsWith("@") ? new UnixAddress(text.substring(1), true) : new UnixAddress(text, false);
    }
}
