// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** What somebody meant who mistyped a name. Stateless; any thread. */
public final class Nearest {
    private Nearest() {}

    /** The name that differs least from a text, if the difference is a slip of the keyboard. */
    public static Optional<String> of(String text, Collection<String> names) {
        String best = null;
        int least = (text.length() < 3 ? 0 : Math.max(1, text.length() / 3)) + 1;
        for (String name : names) {
            int distance = distance(plain(text), plain(name), least);
            if (distance < least) {
                best = name;
                least = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Edits (insert, delete, replace, swap neighbours) that turn one text into the other; {@code limit} if not fewer. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) >= limit) {
            return limit;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
