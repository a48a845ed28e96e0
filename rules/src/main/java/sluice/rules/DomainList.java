// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Entries of {@code domain} and of the files of {@code domain-file}. Immutable. A name takes two bytes more than it has letters: patterns are
 * made while iterating.
 */
public final class DomainList implements Iterable<DomainPattern> {
    /** For each name its length and its bytes; a name that stands for those below it starts with a dot. */
    private final byte[] names;

    private final int count;

    /** Entries that are not names. */
    private final List<DomainPattern> searched;

    private DomainList(byte[] names, int count, List<DomainPattern> searched) {
        this.names = names;
        this.count = count;
        this.searched = List.copyOf(searched);
    }

    /** A list of some patterns. */
    public static DomainList of(DomainPattern... patterns) {
        var builder = new Builder();
        for (DomainPattern pattern : patterns) {
            builder.add(pattern);
        }
        return builder.build();
    }

    /** Collects entries. */
    static final class Builder {
        private final ByteArrayOutputStream names = new ByteArrayOutputStream();
        private final List<DomainPattern> searched = new ArrayList<>();
        private int count;

        void add(DomainPattern pattern) {
            switch (pattern) {
                case DomainPattern.Exact(var name) -> add(name);
                case DomainPattern.Below(var name) -> add("." + name);
                default -> searched.add(pattern);
            }
        }

        private void add(String dotted) {
            byte[] bytes = dotted.getBytes(StandardCharsets.US_ASCII);
            names.write(bytes.length);
            names.writeBytes(bytes);
            count++;
        }

        DomainList build() {
            return new DomainList(names.toByteArray(), count, searched);
        }
    }

    /** Number of entries. */
    public int size() {
        return count + searched.size();
    }

    /** First the names, then the others, each in the order of the configuration. */
    @Override
    public Iterator<DomainPattern> iterator() {
        return new Iterator<>() {
            private int at;
            private int others;

            @Override
            public boolean hasNext() {
                return at < names.length || others < searched.size();
            }

            @Override
            public DomainPattern next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (at == names.length) {
                    return searched.get(others++);
                }
                int length = names[at] & 0xff;
                int start = at + 1;
                at = start + length;
                boolean below = names[start] == '.';
                int skipped = below ? 1 : 0;
                String name = new String(names, start + skipped, length - skipped, StandardCharsets.US_ASCII);
                return below ? new DomainPattern.Below(name) : new DomainPattern.Exact(name);
            }
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DomainList that && Arrays.equals(names, that.names) && searched.equals(that.searched);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(names) + searched.hashCode();
    }

    /** How many entries there are: there may be too many to show. */
    @Override
    public String toString() {
        return size() + " domains";
    }
}
