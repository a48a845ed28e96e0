// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Flags of open(2) that this module uses; values of asm-generic/fcntl.h. */
final class OpenFlags {
    static final int O_RDONLY = 0;
    static final int O_CLOEXEC = 0x80000;

    private OpenFlags() {}
}
