// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.linux.Pipe;
import sluice.linux.SystemCallException;

/**
 * Pipes for the directions that have something in flight, as many as descriptors and the kernel's limit on pipes allow. Whoever gets none
 * moves bytes by copying and holds none. Any thread; held for an instant only.
 */
final class PipePool implements AutoCloseable {
    private static final int WANTED_BYTES = 1 << 20;
    private static final int KEPT = 16;
    private static final long PAUSE_NANOS = 1_000_000_000;

    /** Each loop keeps one that is nobody's yet. */
    private static final int SPARES = 2;

    private final int most;
    private final Bound held;
    private final ArrayDeque<Pipe> free = new ArrayDeque<>();
    private int open;
    private long refusedAt;
    private boolean refused;
    private boolean closed;

    /** @param bounds gets the one of pipes that flows hold */
    PipePool(int most, Bounds bounds) {
        this.most = most;
        held = bounds.add("pipes", Math.max(1, most - SPARES));
    }

    /** How many pipes flows hold. */
    Bound held() {
        return held;
    }

    /** An empty pipe with room for a whole {@link Loop#BUFFER_BYTES}, or null. */
    synchronized @Nullable Pipe take() {
        var kept = free.poll();
        if (kept != null || open == most || closed) {
            return kept;
        }
        if (refused && System.nanoTime() - refusedAt < PAUSE_NANOS) {
            return null;
        }
        refused = false;
        try {
            var made = Pipe.open(WANTED_BYTES);
            if (made.capacity() >= Loop.BUFFER_BYTES) {
                open++;
                return made;
            }
            // Beyond fs.pipe-user-pages-soft a new pipe has two pages.
            made.close();
        } catch (SystemCallException _) {
            // Too many open files: there will be a pipe when others have ended.
        }
        refused = true;
        refusedAt = System.nanoTime();
        return null;
    }

    /** Takes a pipe back; one that still holds something is closed. */
    synchronized void give(Pipe pipe) {
        if (pipe.held() == 0 && free.size() < KEPT && !closed) {
            free.push(pipe);
        } else {
            pipe.close();
            open--;
        }
    }

    /** Pipes that are open, the free ones included. */
    synchronized int open() {
        return open;
    }

    @Override
    public synchronized void close() {
        closed = true;
        open -= free.size();
        free.forEach(Pipe::close);
        free.clear();
    }
}
