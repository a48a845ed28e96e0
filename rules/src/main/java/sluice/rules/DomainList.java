// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Entries of {@code domain} and of the files of {@code domain-file}, ready to be looked up. A file that several lists name is in memory once. Immutable. */
public final class DomainList implements Iterable<DomainPattern> {
    private final List<DomainTable> tables;

    /** Entries that are not names. */
    private final List<DomainPattern> searched;

    private DomainList(List<DomainTable> tables, List<DomainPattern> searched) {
        this.tables = List.copyOf(tables);
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
        private final List<DomainTable> tables = new ArrayList<>();
        private final List<DomainPattern> searched = new ArrayList<>();
        private DomainTable.Builder names = new DomainTable.Builder();

        void add(DomainPattern pattern) {
            switch (pattern) {
                case DomainPattern.Exact(var name) -> names().add(name);
                case DomainPattern.Below(var name) -> names().add("." + name);
                default -> searched.add(pattern);
            }
        }

        /** Adds a name that is in its final form, with a dot in front if it stands for those below it. */
        void add(byte[] bytes, int from, int to) {
            names().add(bytes, from, to);
        }

        void add(DomainList list) {
            finish();
            tables.addAll(list.tables);
            searched.addAll(list.searched);
        }

        private DomainTable.Builder names() {
            if (!names.hasRoom()) {
                finish();
            }
            return names;
        }

        private void finish() {
            if (names.size() > 0) {
                tables.add(names.build());
                names = new DomainTable.Builder();
            }
        }

        DomainList build() {
            finish();
            return new DomainList(tables, searched);
        }
    }

    /** Number of entries. */
    public int size() {
        return searched.size() + tables.stream().mapToInt(DomainTable::size).sum();
    }

    List<DomainTable> tables() {
        return tables;
    }

    /** The entries that are not names. */
    List<DomainPattern> searched() {
        return searched;
    }

    /**
     * Whether a name fits an entry.
     *
     * @param name ASCII, lower case, without a trailing dot
     */
    public boolean matches(String name) {
        for (DomainTable table : tables) {
            if (table.matches(name)) {
                return true;
            }
        }
        for (DomainPattern pattern : searched) {
            if (pattern.matches(name)) {
                return true;
            }
        }
        return false;
    }

    /** First the names, then the others, each in the order of the configuration. */
    @Override
    public Iterator<DomainPattern> iterator() {
        var all = new ArrayList<DomainPattern>(size());
        tables.forEach(table -> table.forEach(key -> all.add(
                key.charAt(0) == '.' ? new DomainPattern.Below(key.substring(1)) : new DomainPattern.Exact(key))));
        all.addAll(searched);
        return all.iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DomainList that && tables.equals(that.tables) && searched.equals(that.searched);
    }

    @Override
    public int hashCode() {
        return 31 * tables.hashCode() + searched.hashCode();
    }

    /** How many entries there are: there may be too many to show. */
    @Override
    public String toString() {
        return size() + " domains";
    }
}
