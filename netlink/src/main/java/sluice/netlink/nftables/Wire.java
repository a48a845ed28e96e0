// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import org.jspecify.annotations.Nullable;
import sluice.netlink.NetlinkException;

/** Enums whose constants stand in the order of the kernel's numbers, and checks on what was decoded. */
final class Wire {
    private Wire() {}

    /** The kernel's number of a constant. */
    @SuppressWarnings("EnumOrdinal")
    static int number(Enum<?> constant) {
        return constant.ordinal();
    }

    /** The enum constant with this number. */
    static <E extends Enum<E>> E constant(E[] constants, int number) throws NetlinkException.Malformed {
        if (number < 0 || number >= constants.length) {
            throw new NetlinkException.Malformed(
                    constants[0].getDeclaringClass().getSimpleName() + " has no number " + number);
        }
        return constants[number];
    }

    static <T> T present(@Nullable T value, String problem) throws NetlinkException.Malformed {
        if (value == null) {
            throw new NetlinkException.Malformed(problem);
        }
        return value;
    }
}
