// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

/** How long the long runs are: a small seeded count in {@code make test}, the whole of it in {@code make soak}. */
public final class Scale {
    private static final String SOAK = "sluice.soak";

    private Scale() {}

    /** Whether this is {@code make soak} (system property {@value #SOAK}). */
    public static boolean soak() {
        return Boolean.getBoolean(SOAK);
    }

    /** {@code whole} in {@code make soak}, else {@code small}. */
    public static int of(int small, int whole) {
        return soak() ? whole : small;
    }
}
