// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/** Reads files of {@code domain-file} and {@code cidr-file}: one entry a line, {@code #} starts a comment. Hundreds of thousands of lines are usual. */
final class ListFiles {
    /** Longest file, in bytes. */
    static final int LONGEST = 64 << 20;

    /** Whoever mends a file begins at its top. */
    private static final int MOST_PROBLEMS = 100;

    /** How reading a file went. */
    enum Outcome {
        /** There are entries; some may have problems. */
        READ,
        /** There are none. */
        EMPTY,
        /** A problem with the file itself was noted. */
        REFUSED
    }

    private final Path directory;
    private final FileSource files;

    /**
     * Reads files.
     *
     * @param directory where relative paths start
     */
    ListFiles(Path directory, FileSource files) {
        this.directory = directory;
        this.files = files;
    }

    /**
     * Reads one file.
     *
     * @param value its name
     * @param entry takes an entry, or throws {@link InvalidValueException}
     */
    Outcome read(Value value, Consumer<String> entry) {
        Path file = value.parsed(this::path);
        if (file == null) {
            return Outcome.REFUSED;
        }
        byte[] bytes;
        try {
            bytes = files.read(file, LONGEST + 1);
        } catch (IOException e) {
            value.error(
                    "cannot read " + shown(file),
                    String.valueOf(e.getMessage()),
                    "a relative path starts at the directory of the configuration file");
            return Outcome.REFUSED;
        }
        if (bytes.length > LONGEST) {
            value.error("the file " + shown(file) + " is longer than " + LONGEST + " bytes", "", "");
            return Outcome.REFUSED;
        }
        return new Lines(file.toString(), bytes, value.problems(), entry).read() ? Outcome.READ : Outcome.EMPTY;
    }

    /** Whole, however long: whoever mends it must find it. */
    private static String shown(Path file) {
        return "\"" + Words.printable(file.toString()) + "\"";
    }

    private Path path(String text) {
        try {
            return directory.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new InvalidValueException("found " + Words.quoted(text), "the path of a file is expected", "");
        }
    }

    private static final class Lines {
        private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

        private final String file;
        private final byte[] bytes;
        private final Problems problems;
        private final Consumer<String> entry;

        Lines(String file, byte[] bytes, Problems problems, Consumer<String> entry) {
            this.file = file;
            this.bytes = bytes;
            this.problems = problems;
            this.entry = entry;
        }

        /** Whether there was an entry. */
        boolean read() {
            boolean marked = bytes.length >= 3 && Arrays.equals(bytes, 0, 3, BYTE_ORDER_MARK, 0, 3);
            boolean some = false;
            int wrong = 0;
            int line = 0;
            for (int start = marked ? 3 : 0; start < bytes.length && wrong < MOST_PROBLEMS; line++) {
                int end = start;
                while (end < bytes.length && bytes[end] != '\n') {
                    end++;
                }
                int from = start;
                while (from < end && isBlank(bytes[from])) {
                    from++;
                }
                int to = contentEnd(from, end);
                if (from < to) {
                    some = true;
                    wrong += take(line + 1, from - start + 1, from, to) ? 0 : 1;
                }
                start = end + 1;
            }
            return some;
        }

        /** Where an entry ends that starts at {@code from}: a comment needs a blank in front of it. */
        private int contentEnd(int from, int end) {
            int to = end;
            for (int i = from; i < end; i++) {
                if (bytes[i] == '#' && (i == from || isBlank(bytes[i - 1]))) {
                    to = i;
                    break;
                }
            }
            while (to > from && isBlank(bytes[to - 1])) {
                to--;
            }
            return to;
        }

        private boolean take(int line, int column, int from, int to) {
            try {
                entry.accept(new String(bytes, from, to - from, StandardCharsets.UTF_8));
                return true;
            } catch (InvalidValueException e) {
                problems.error(file, new Position(line, column), e.found(), e.allowed(), e.remedy());
                return false;
            }
        }

        private static boolean isBlank(byte b) {
            return b == ' ' || b == '\t' || b == '\r';
        }
    }
}
