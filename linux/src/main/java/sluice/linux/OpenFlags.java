// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Flags of open(2) and the *at calls that are alike on every architecture; asm-generic/fcntl.h, linux/fcntl.h. */
final class OpenFlags {
    static final int O_RDONLY = 0;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int AT_FDCWD = -100;
    static final int AT_EMPTY_PATH = 0x1000;

    private OpenFlags() {}
}
