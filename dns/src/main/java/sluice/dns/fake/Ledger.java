// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;

/**
 * What is remembered: an MVStore with the maps {@code names} (slot, name), {@code times} (block of slots, when they were used) and {@code about}.
 * What {@link #write} returned from outlives this process; it need not outlive the machine, since nobody on it remembers an address then.
 * After an exception only {@link #abandon} makes sense. One thread at a time.
 */
final class Ledger {
    private static final String NAMES = "names";
    private static final String TIMES = "times";
    private static final String ABOUT = "about";

    private static final String FORMAT = "format";
    private static final String FORMAT_1 = "1";
    private static final String NETWORKS = "networks";
    private static final String TTL = "ttl";
    private static final String SETTLED = "settled";

    /** The file may have these bytes, and these for each name, before it is compacted. */
    private static final long SPARE_BYTES = 4 << 20;

    private static final long BYTES_PER_NAME = 128;
    private static final int COMPACTION_MILLIS = 1000;

    private final StoreFile file;
    private final MVStore store;
    private final MVMap<Long, byte[]> names;
    private final MVMap<Long, byte[]> times;
    private final MVMap<String, String> about;
    private long compacted;

    /** Takes what is remembered. */
    interface Reader {
        /** When the slots of a block were used. */
        void times(int block, IntBuffer times);

        /** A slot's name. */
        void name(int slot, String name);
    }

    private Ledger(StoreFile file, MVStore store) throws IOException {
        if (!Set.of(NAMES, TIMES, ABOUT).containsAll(store.getMapNames())) {
            throw new IOException(StoreFile.NOT_OURS);
        }
        this.file = file;
        this.store = store;
        var bytes =
                new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE);
        names = store.openMap(NAMES, bytes);
        times = store.openMap(TIMES, bytes);
        about = store.openMap(
                ABOUT,
                new MVMap.Builder<String, String>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(StringDataType.INSTANCE));
        checkAll();
    }

    /**
     * Opens the file; makes it where it is missing.
     *
     * @throws DamagedException it has to be put aside
     * @throws IOException in words for people
     */
    static Ledger open(StoreFile file) throws IOException {
        var store = file.open();
        try {
            return file.attempt("read", () -> new Ledger(file, store));
        } catch (IOException e) {
            store.closeImmediately();
            throw e;
        }
    }

    /** Reads everything: MVStore notices damage where it reads. Where the end is missing it goes back to an older state, with names that are wrong by now. */
    private void checkAll() throws IOException {
        long closedAt = DataUtils.readHexLong(store.getStoreHeader(), "version", 0);
        if (store.getCurrentVersion() < closedAt) {
            throw new DamagedException("its end is missing");
        }
        if (about.isEmpty() && names.isEmpty()) {
            return;
        }
        if (!FORMAT_1.equals(about.get(FORMAT)) || heading().isEmpty()) {
            throw new DamagedException("its heading is " + about);
        }
        settled();
        for (var cursor = names.cursor(null); cursor.hasNext(); ) {
            check(cursor.next(), 1, FakeAddresses.MOST_SLOTS);
            int length = cursor.getValue().length;
            if (length == 0 || length > NameIndex.LONGEST) {
                throw new DamagedException("a name of " + length + " bytes");
            }
        }
        for (var cursor = times.cursor(null); cursor.hasNext(); ) {
            check(cursor.next(), 0, FakeAddresses.MOST_SLOTS / SlotTable.BLOCK);
            if (cursor.getValue().length != SlotTable.BLOCK * Integer.BYTES) {
                throw new DamagedException("a block of " + cursor.getValue().length + " bytes");
            }
        }
    }

    private static void check(long number, int least, int limit) throws DamagedException {
        if (number < least || number >= limit) {
            throw new DamagedException("an entry with number " + number);
        }
    }

    /** What its slots and times mean; empty for a new one. */
    Optional<Batch.Heading> heading() {
        var networks = about.get(NETWORKS);
        var ttl = about.get(TTL);
        return networks == null || ttl == null
                ? Optional.empty()
                : Optional.of(new Batch.Heading(networks, Integer.parseInt(ttl)));
    }

    /** Until when slots may have been used without that being in {@code times}. */
    int settled() {
        return Integer.parseInt(about.getOrDefault(SETTLED, "0"));
    }

    /** How many names it has. */
    int size() {
        return names.size();
    }

    /** The first slot of those that never had a name. */
    int firstUnused() throws IOException {
        return file.attempt("read", () -> {
            long named = names.isEmpty() ? 0 : names.lastKey();
            long used = times.isEmpty() ? 0 : lastUsed(times.lastKey());
            return Math.toIntExact(Math.max(named, used) + 1);
        });
    }

    private long lastUsed(long block) {
        var when = ByteBuffer.wrap(Objects.requireNonNull(times.get(block))).asIntBuffer();
        int last = SlotTable.BLOCK - 1;
        while (last > 0 && when.get(last) == 0) {
            last--;
        }
        return block * SlotTable.BLOCK + last;
    }

    /** Passes on everything that is remembered. */
    void read(Reader reader) throws IOException {
        file.attempt("read", () -> {
            for (var cursor = times.cursor(null); cursor.hasNext(); ) {
                int block = cursor.next().intValue();
                reader.times(block, ByteBuffer.wrap(cursor.getValue()).asIntBuffer());
            }
            for (var cursor = names.cursor(null); cursor.hasNext(); ) {
                int slot = cursor.next().intValue();
                reader.name(slot, new String(cursor.getValue(), ISO_8859_1));
            }
            return reader;
        });
    }

    /** Writes; afterwards it outlives this process. */
    void write(Batch batch) throws IOException {
        file.attempt("write", () -> {
            putHeading(batch.heading());
            for (var entry : batch.names()) {
                if (entry.name().length == 0) {
                    names.remove((long) entry.slot());
                } else {
                    names.put((long) entry.slot(), entry.name());
                }
            }
            for (var entry : batch.times()) {
                var bytes = ByteBuffer.allocate(Integer.BYTES * entry.times().length);
                bytes.asIntBuffer().put(entry.times());
                times.put((long) entry.block(), bytes.array());
            }
            if (batch.settled() != 0) {
                about.put(SETTLED, Integer.toString(batch.settled()));
            }
            store.commit();
            compact();
            return batch;
        });
    }

    private void putHeading(Batch.Heading heading) {
        var former = heading();
        if (former.isPresent() && former.get().equals(heading)) {
            return;
        }
        if (former.isPresent() && !former.get().networks().equals(heading.networks())) {
            names.clear();
            times.clear();
        }
        about.put(FORMAT, FORMAT_1);
        about.put(NETWORKS, heading.networks());
        about.put(TTL, Integer.toString(heading.ttl()));
    }

    /** Keeps the file from growing for ever: what is written again and again leaves gaps that are too small to be used. */
    private void compact() {
        // Where the disk was too slow for the time allowed, it is tried again soon, from there.
        long allowed = SPARE_BYTES + Math.max(BYTES_PER_NAME * names.size(), compacted);
        if (store.getFileStore().size() > allowed) {
            store.compactFile(COMPACTION_MILLIS);
            compacted = store.getFileStore().size();
        }
    }

    /** Closes it when all is well. */
    void close() throws IOException {
        file.attempt("close", () -> {
            store.close();
            return store;
        });
    }

    /** Closes it whatever is wrong. */
    void abandon() {
        store.closeImmediately();
    }
}
