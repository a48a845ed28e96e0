// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

/**
 * What a finished command left behind.
 *
 * @param status its exit status, or 128 plus the signal that ended it
 * @param out    its standard output, as UTF-8
 * @param err    its standard error, as UTF-8
 */
public record Output(int status, String out, String err) {
    /** Whether it exited with 0. */
    public boolean succeeded() {
        return status == 0;
    }
}
