// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/** The checked layer: turns {@code -errno} into the exception that names operation and object. */
final class Checked {
    private Checked() {}

    static int check(int result, String operation, String object) throws SystemCallException {
        if (result < 0) {
            throw SystemCallException.of(operation, object, -result);
        }
        return result;
    }

    static long check(long result, String operation, String object) throws SystemCallException {
        if (result < 0) {
            throw SystemCallException.of(operation, object, (int) -result);
        }
        return result;
    }
}
