// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.bounds.Claimant;
import sluice.dns.FakeListener;
import sluice.dns.FakeView;
import sluice.dns.NameService.Lease;
import sluice.dns.NameService.Meaning;

/**
 * Fake IPs that stand for names. A name has a <em>slot</em>, which is an IPv4 and an IPv6 address. It keeps it across restarts and crashes
 * until the slot is needed for another name: then the least recently used one is taken, but never one that a flow uses or an application may
 * still remember. A slot belongs to the share of the application that asked for the name first. Beyond half of all slots, a share that has more than an
 * eighth takes its own ones again. Names are in lower case, without a trailing dot, one character for each byte.
 *
 * <p>Any thread. Looking up takes less than a microsecond; only {@link #open} and {@link #close} wait for the file.
 */
public final class FakePool implements AutoCloseable {
    /** Instead of a slot: there is none. */
    public static final int NONE = SlotTable.NONE;

    /** How many new names may wait until they are remembered. */
    static final int MOST_WAITING = 8192;

    /** How many slots are not used at first when nobody knows which ones applications remember. */
    private static final int MOST_LEFT_OUT = 1 << 15;

    private static final int CLOSING_MILLIS = 10_000;

    private final Object lock = new Object();
    private final IntSupplier clock;
    private final Scribe scribe;
    private final Thread thread;
    private final Backlog backlog;
    private final Bound places;

    // Written behind the lock, as everything else.
    private volatile Pools pools;
    private int ttl;
    private List<Task.Waiting> waiting = new ArrayList<>();
    private boolean closing;
    private Optional<String> trouble = Optional.empty();
    private long refused;

    private record Pools(FakeAddresses addresses, SlotTable table) {}

    private FakePool(
            FakeSettings settings, FakeListener listener, Bounds bounds, IntSupplier clock, Scribe.Pauses pauses) {
        this.clock = clock;
        places = bounds.add("fake-names-waiting", MOST_WAITING);
        ttl = Math.toIntExact(settings.ttl().toSeconds());
        var addresses = new FakeAddresses(settings);
        pools = new Pools(addresses, new SlotTable(addresses.limit(), ttl));
        backlog = new Backlog(clock.getAsInt());
        scribe = new Scribe(this, new StoreFile(settings.file()), listener, pauses);
        thread = Thread.ofPlatform().daemon().name("dns-fakes").unstarted(scribe);
    }

    /**
     * Opens the pool with what its file remembers. A file that cannot be used is no failure: the listener hears of it.
     *
     * @param bounds gets the one of new names that wait
     */
    public static FakePool open(FakeSettings settings, FakeListener listener, Bounds bounds) {
        return open(settings, listener, bounds, new Seconds(), Scribe.Pauses.USUAL);
    }

    static FakePool open(
            FakeSettings settings, FakeListener listener, Bounds bounds, IntSupplier clock, Scribe.Pauses pauses) {
        var pool = new FakePool(settings, listener, bounds, clock, pauses);
        pool.scribe.open();
        pool.thread.start();
        return pool;
    }

    /** The name's slot to answer with; {@link #NONE} when it has none yet. */
    public int slot(String name) {
        synchronized (lock) {
            int slot = table().find(name);
            if (slot == NONE || !table().isGiven(slot)) {
                return NONE;
            }
            touch(slot);
            return slot;
        }
    }

    /** As {@link #slot}, without its being given out. */
    public int peek(String name) {
        synchronized (lock) {
            int slot = table().find(name);
            return slot != NONE && table().isGiven(slot) ? slot : NONE;
        }
    }

    /**
     * Gives the name a slot if it has none yet.
     *
     * @param claimant the application that asks; its share is asked for on this thread
     * @param given gets the slot to answer with once it is remembered, or {@link #NONE} when all that it may take are in use or too much is asked for
     *     at once; called once, on this thread or the pool's; must neither block nor throw
     */
    public void assign(String name, Claimant claimant, IntConsumer given) {
        if (name.isEmpty() || name.length() > NameIndex.LONGEST || name.chars().anyMatch(c -> c > 0xff)) {
            throw new IllegalArgumentException("no name: " + name);
        }
        // Outside the lock: both may cost a system call.
        var place = places.take(claimant);
        var share = claimant.equals(Claimant.SELF) ? null : claimant.share();
        int slot;
        synchronized (lock) {
            slot = slot(name);
            if (slot == NONE) {
                if (!closing && place != null && isAssigned(name, share)) {
                    waiting.add(new Task.Waiting(name, given, place));
                    lock.notifyAll();
                    return;
                }
                refused++;
            }
        }
        if (place != null) {
            place.close();
        }
        given.accept(slot);
    }

    private boolean isAssigned(String name, @Nullable String share) {
        return table().find(name) != NONE || table().assign(name, share, clock.getAsInt()) != NONE;
    }

    /** A slot's IPv4 address: four bytes, the caller's. */
    public byte[] ipv4(int slot) {
        return pools.addresses().ipv4(slot);
    }

    /** A slot's IPv6 address: sixteen bytes, the caller's. */
    public byte[] ipv6(int slot) {
        return pools.addresses().ipv6(slot);
    }

    /** Whether an address is of a pool, given out or not. */
    public boolean contains(InetAddress address) {
        return pools.addresses().slot(address) != FakeAddresses.FOREIGN;
    }

    /** The name that an address was given out for. */
    public Optional<String> name(InetAddress address) {
        var now = pools;
        int slot = now.addresses().slot(address);
        if (slot <= NONE) {
            return Optional.empty();
        }
        synchronized (lock) {
            return now.table().isGiven(slot) ? Optional.of(now.table().name(slot)) : Optional.empty();
        }
    }

    /** What an address means, for a flow that uses it. */
    public Meaning meaning(InetAddress address) {
        var now = pools;
        int slot = now.addresses().slot(address);
        if (slot == FakeAddresses.FOREIGN) {
            return Meaning.ADDRESS;
        }
        synchronized (lock) {
            var table = now.table();
            if (!table.isGiven(slot)) {
                return Meaning.FORGOTTEN;
            }
            table.hold(slot);
            return new Meaning.Fake(table.name(slot), new SlotLease(table, slot));
        }
    }

    private final class SlotLease implements Lease {
        private final SlotTable table;
        private final int slot;
        private boolean closed;

        SlotLease(SlotTable table, int slot) {
            this.table = table;
            this.slot = slot;
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (!closed) {
                    closed = true;
                    boolean wasWritten = table.touchedBlocks().isEmpty();
                    table.release(slot, clock.getAsInt());
                    wakeIf(wasWritten);
                }
            }
        }
    }

    /**
     * Takes over a changed configuration, but for the file. Names whose addresses the new pools do not have are forgotten; all of them, when a pool
     * begins elsewhere.
     *
     * @return how many names were forgotten
     */
    public int apply(FakeSettings settings) {
        var addresses = new FakeAddresses(settings);
        synchronized (lock) {
            ttl = Math.toIntExact(settings.ttl().toSeconds());
            int now = clock.getAsInt();
            int names = table().size();
            if (addresses.networks().equals(pools.addresses().networks())) {
                table().resize(addresses.limit(), now);
                pools = new Pools(addresses, table());
            } else {
                // One of the pools may be where it was.
                pools = new Pools(addresses, table().successor(addresses.limit(), now));
            }
            table().ttl(ttl, now);
            lock.notifyAll();
            return names - table().size();
        }
    }

    /** Forgets all names that no flow uses; returns how many. */
    public int flush() {
        synchronized (lock) {
            int flushed = table().flush(clock.getAsInt());
            lock.notifyAll();
            return flushed;
        }
    }

    /** How it stands. */
    public FakeView view() {
        synchronized (lock) {
            return new FakeView(
                    table().size(),
                    Math.max(0, pools.addresses().limit() - 1),
                    table().leased(),
                    table().recycled(),
                    refused,
                    trouble);
        }
    }

    /** Writes what is left to be written, for ten seconds at most. Names that still wait get no slot. */
    @Override
    public void close() {
        synchronized (lock) {
            closing = true;
            lock.notifyAll();
        }
        try {
            thread.join(CLOSING_MILLIS);
        } catch (InterruptedException e) {
            // The thread ends by itself.
            Thread.currentThread().interrupt();
        }
    }

    /** Why nothing is remembered at present, or null; the thread's call. */
    void trouble(@Nullable String reason) {
        synchronized (lock) {
            trouble = Optional.ofNullable(reason);
        }
    }

    /** What was given out before is lost: does not start with the slots that were most likely among it; the thread's call. */
    void beginAnew() {
        int half = pools.addresses().limit() / 2;
        leaveOut(Math.clamp(half, 1, MOST_LEFT_OUT));
    }

    private void leaveOut(int below) {
        synchronized (lock) {
            table().leaveOut(below, clock.getAsInt());
        }
    }

    /**
     * Takes over what is remembered as far as it fits what was given out by now, and has the rest written; the thread's call.
     *
     * @return how many names are forgotten because the pools changed
     */
    int merge(Ledger ledger) throws IOException {
        var heading = ledger.heading();
        var remembered = new BitSet();
        boolean fits = heading.isPresent()
                && heading.get().networks().equals(pools.addresses().networks());
        if (fits) {
            ledger.read(new Ledger.Reader() {
                @Override
                public void times(int block, IntBuffer times) {
                    synchronized (lock) {
                        table().adoptTimes(block, times);
                    }
                }

                @Override
                public void name(int slot, String name) {
                    synchronized (lock) {
                        table().adopt(slot, name);
                        remembered.set(slot);
                    }
                }
            });
        } else {
            // One of the pools may be where it was.
            leaveOut(ledger.firstUnused());
        }
        synchronized (lock) {
            int now = clock.getAsInt();
            table().changedBut(remembered);
            table().arrange(now);
            if (heading.isPresent()) {
                // Up to then it may have been used without that being remembered.
                table().recycleNothingBefore(Math.min(now, ledger.settled())
                        + Math.max(ttl, heading.get().ttl())
                        + 1);
            }
            backlog.has(heading.orElse(null));
            int kept = remembered.get(0, pools.addresses().limit()).cardinality();
            return ledger.size() - kept;
        }
    }

    /** Waits until there is something to do; the thread's call. */
    Task next(boolean canWrite, long retryAt) {
        synchronized (lock) {
            while (!closing && waiting.isEmpty() && !(canWrite && isDue())) {
                long nanos =
                        canWrite ? backlog.nanosUntilTimes(table(), clock.getAsInt()) : retryAt - System.nanoTime();
                if (nanos <= 0) {
                    break;
                }
                await(nanos);
            }
            var batch = canWrite
                    ? backlog.take(table(), heading(), clock.getAsInt(), closing)
                    : new Batch(heading(), List.of(), List.of(), 0);
            var task = new Task(
                    table(),
                    batch,
                    waiting,
                    closing && !(canWrite && !table().changed().isEmpty()));
            waiting = new ArrayList<>();
            return task;
        }
    }

    private void await(long nanos) {
        try {
            TimeUnit.NANOSECONDS.timedWait(lock, nanos);
        } catch (InterruptedException e) {
            // Nobody has a reason to: closing is said in another way.
        }
    }

    private Batch.Heading heading() {
        return new Batch.Heading(pools.addresses().networks(), ttl);
    }

    private boolean isDue() {
        return backlog.isDue(table(), heading(), clock.getAsInt());
    }

    /** Gives out what was written, or what cannot be written; the thread's call. */
    void done(Task task, boolean isWritten) {
        var ready = new ArrayList<Runnable>();
        synchronized (lock) {
            int now = clock.getAsInt();
            var table = task.table();
            if (isWritten) {
                backlog.has(task.batch().heading());
                task.batch().names().forEach(entry -> table.confirm(entry.slot(), now));
            } else {
                backlog.putBack(table, task.batch());
                table.confirmAll(now);
            }
            for (var one : task.waiting()) {
                int slot = table().find(one.name());
                if (slot == NONE || table().isGiven(slot)) {
                    one.place().close();
                    ready.add(() -> one.given().accept(slot));
                } else {
                    waiting.add(one);
                }
            }
        }
        ready.forEach(Runnable::run);
    }

    private SlotTable table() {
        return pools.table();
    }

    private void touch(int slot) {
        boolean wasWritten = table().touchedBlocks().isEmpty();
        table().touch(slot, clock.getAsInt());
        wakeIf(wasWritten);
    }

    /** The thread has to know from when on there are times to be written. */
    private void wakeIf(boolean wasWritten) {
        if (wasWritten && !table().touchedBlocks().isEmpty()) {
            lock.notifyAll();
        }
    }
}
