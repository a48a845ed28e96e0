// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** Error numbers of errno(3) that callers tell apart. Values are those of asm-generic/errno.h. */
final class Errno {
    static final int EPERM = 1;

    private Errno() {}
}
