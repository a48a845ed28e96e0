// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.dns.FakeListener;

/** The pool's thread: writes what changed, so that new names may be given out; tries again and again when that fails. */
final class Scribe implements Runnable {
    private final FakePool pool;
    private final StoreFile file;
    private final FakeListener listener;
    private final Pauses pauses;

    // The thread's, and before it starts its maker's.
    private @Nullable Ledger ledger;
    private boolean failing;
    private Duration pause;
    private long retryAt;

    /** How long to wait between attempts: twice as long each time. */
    record Pauses(Duration first, Duration longest) {
        static final Pauses USUAL = new Pauses(Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    Scribe(FakePool pool, StoreFile file, FakeListener listener, Pauses pauses) {
        this.pool = pool;
        this.file = file;
        this.listener = listener;
        this.pauses = pauses;
        pause = pauses.first();
    }

    /** Reads what is remembered, for the first time or again. */
    void open() {
        try {
            ledger = openOrReplace();
            int forgotten = pool.merge(ledger);
            if (forgotten > 0) {
                listener.forgotten(forgotten);
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    private Ledger openOrReplace() throws IOException {
        try {
            return Ledger.open(file);
        } catch (DamagedException e) {
            var aside = file.putAside();
            var replacement = Ledger.open(file);
            pool.beginAnew();
            listener.damaged(file.path() + " is damaged (" + e.getMessage() + "); it is now " + aside
                    + ", and a new one is begun: the addresses in it are forgotten");
            return replacement;
        }
    }

    private void fail(IOException reason) {
        if (ledger != null) {
            ledger.abandon();
            ledger = null;
        }
        retryAt = System.nanoTime() + pause.toNanos();
        var doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(pauses.longest()) < 0 ? doubled : pauses.longest();
        pool.trouble(reason.getMessage());
        if (!failing) {
            failing = true;
            listener.notRemembered(reason);
        }
    }

    private void succeed() {
        if (failing) {
            failing = false;
            pause = pauses.first();
            pool.trouble(null);
            listener.remembered();
        }
    }

    @Override
    public void run() {
        for (boolean last = false; !last; ) {
            if (ledger == null && System.nanoTime() - retryAt >= 0) {
                open();
            }
            var task = pool.next(ledger != null, retryAt);
            pool.done(task, write(task.batch()));
            last = task.isLast();
        }
        close();
    }

    private boolean write(Batch batch) {
        if (ledger == null) {
            return false;
        }
        try {
            ledger.write(batch);
            succeed();
            return true;
        } catch (IOException e) {
            fail(e);
            return false;
        }
    }

    private void close() {
        if (ledger != null) {
            try {
                ledger.close();
            } catch (IOException e) {
                fail(e);
            }
        }
    }
}
