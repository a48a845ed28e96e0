// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * Which bits of packet and conntrack marks are ours. All values are unsigned 32-bit numbers.
 *
 * @param mask bits of the packet mark that the policy rules compare. Default {@code 0xffffffff}
 * @param flowMask bits of the conntrack mark that hold a flow's first verdict: contiguous, at least 3. Default
 *     {@code 0xff000000}
 * @param guard the bit of the packet mark that says "sent by Sluice itself". Several bits, of which one is enough, while flows live that
 *     began before a reload chose another one; a single one in a file. Default {@code 0x08000000}
 */
public record Marks(int mask, int flowMask, int guard) {
    /** The values used where the file says nothing. */
    public static final Marks DEFAULT = new Marks(0xffffffff, 0xff000000, 0x08000000);

    /** The same with other bits for the guard. */
    public Marks withGuard(int bits) {
        return new Marks(mask, flowMask, bits);
    }
}
