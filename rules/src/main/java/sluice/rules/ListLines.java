// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The lines of one file of a list, read in pieces: whatever its length, it takes no more room than a piece. */
final class ListLines<T> {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final int PIECE = 64 << 10;

    /** Whoever mends a file begins at its top. */
    private static final int MOST_PROBLEMS = 100;

    private final String file;
    private final InputStream in;
    private final Problems problems;
    private final ListFiles.Entries<T> entries;

    private final byte[] piece = new byte[PIECE];
    private int start;
    private int end;
    private long total;
    private int line;
    private int wrong;
    private boolean some;

    /** The file is longer than files may be. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;
    }

    ListLines(String file, InputStream in, Problems problems, ListFiles.Entries<T> entries) {
        this.file = file;
        this.in = in;
        this.problems = problems;
        this.entries = entries;
    }

    /** Whether there was an entry, right or wrong. */
    boolean read() throws IOException {
        boolean more = fill();
        if (end >= 3 && Arrays.equals(piece, 0, 3, BYTE_ORDER_MARK, 0, 3)) {
            start = 3;
        }
        while (wrong < MOST_PROBLEMS && (more || start < end)) {
            int at = start;
            while (at < end && piece[at] != '\n') {
                at++;
            }
            if (at < end || !more) {
                take(start, at);
                start = Math.min(end, at + 1);
            } else if (start > 0 || end < PIECE) {
                more = fill();
            } else {
                more = skipLongLine();
            }
        }
        return some;
    }

    /** Reads on behind what is there; false at the end of the file. */
    private boolean fill() throws IOException {
        System.arraycopy(piece, start, piece, 0, end - start);
        end -= start;
        start = 0;
        int count = in.read(piece, end, PIECE - end);
        if (count < 0) {
            return false;
        }
        end += count;
        total += count;
        if (total > ListFiles.LONGEST) {
            throw new TooLongException();
        }
        return true;
    }

    private boolean skipLongLine() throws IOException {
        line++;
        some = true;
        refuse(1, "a line of more than " + PIECE + " bytes", "one entry a line is expected", "");
        boolean more = true;
        int at = end;
        while (more && at == end) {
            start = end;
            more = fill();
            at = 0;
            while (at < end && piece[at] != '\n') {
                at++;
            }
        }
        start = Math.min(end, at + 1);
        return more;
    }

    private void take(int from, int to) {
        line++;
        if (from == to || piece[from] == '#') {
            return;
        }
        int last = piece[to - 1] == '\r' ? to - 1 : to;
        if (entries.takeUsual(piece, from, last)) {
            some = true;
            return;
        }
        int first = from;
        while (first < to && isBlank(piece[first])) {
            first++;
        }
        int content = contentEnd(first, to);
        if (first < content) {
            some = true;
            try {
                entries.take(new String(piece, first, content - first, StandardCharsets.UTF_8));
            } catch (InvalidValueException e) {
                refuse(first - from + 1, e.found(), e.allowed(), e.remedy());
            }
        }
    }

    private void refuse(int column, String found, String allowed, String remedy) {
        wrong++;
        problems.error(file, new Position(line, column), found, allowed, remedy);
    }

    /** Where an entry ends that starts at {@code from}: a comment needs a blank in front of it. */
    private int contentEnd(int from, int to) {
        int content = to;
        for (int i = from; i < to; i++) {
            if (piece[i] == '#' && (i == from || isBlank(piece[i - 1]))) {
                content = i;
                break;
            }
        }
        while (content > from && isBlank(piece[content - 1])) {
            content--;
        }
        return content;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }
}
