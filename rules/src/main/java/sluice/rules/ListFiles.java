// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads files of {@code domain-file} or of {@code cidr-file}: one entry a line, {@code #} starts a comment. Millions of lines are usual. A file
 * that is named several times is read once. For one configuration; one thread.
 *
 * @param <T> what a file becomes
 */
final class ListFiles<T> {
    /** Longest file, in bytes. */
    static final int LONGEST = 64 << 20;

    private final Path directory;
    private final FileSource files;
    private final Supplier<Entries<T>> entries;
    private final Map<Path, @Nullable T> read = new HashMap<>();

    /** Collects what the lines of a file say. */
    interface Entries<T> {
        /** Takes a line, without its end, if it is nothing but an entry in its usual form, as nearly all are; whether it did. */
        boolean takeUsual(byte[] bytes, int from, int to);

        /** Takes any other entry, or throws {@link InvalidValueException}. */
        void take(String entry);

        /** All of them. */
        T build();
    }

    /**
     * Reads files.
     *
     * @param directory where relative paths start
     * @param entries for one file
     */
    ListFiles(Path directory, FileSource files, Supplier<Entries<T>> entries) {
        this.directory = directory;
        this.files = files;
        this.entries = entries;
    }

    /**
     * Reads one file.
     *
     * @param value its name
     * @return null when a problem with the file itself was noted
     */
    @Nullable
    T read(Value value) {
        Path file = value.parsed(this::path);
        if (file == null) {
            return null;
        }
        if (!read.containsKey(file)) {
            read.put(file, read(value, file));
        }
        return read.get(file);
    }

    private @Nullable T read(Value value, Path file) {
        try (var in = files.open(file)) {
            if (in.available() > LONGEST) {
                throw new ListLines.TooLongException();
            }
            var collected = entries.get();
            boolean some = new ListLines<>(file.toString(), in, value.problems(), collected).read();
            if (!some) {
                value.warn("the file has no entry", "nothing fits it", "");
            }
            return collected.build();
        } catch (ListLines.TooLongException e) {
            value.error("the file " + shown(file) + " is longer than " + LONGEST + " bytes", "", "");
        } catch (IOException e) {
            value.error(
                    "cannot read " + shown(file),
                    String.valueOf(e.getMessage()),
                    "a relative path starts at the directory of the configuration file");
        }
        return null;
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
}
