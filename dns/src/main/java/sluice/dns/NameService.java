// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the engine asks of DNS. Any thread. */
public interface NameService {
    /**
     * Answers a query. Microseconds, for the loop's thread; what takes longer goes on elsewhere.
     *
     * @param query one message without a length in front, from position to limit; read before this returns. Anything at all may be in it
     * @param later gets the answer once, on any thread, where this returned null; is never called where there is nothing to say
     * @return the answer, if it is there at once
     */
    byte @Nullable [] answer(Asker asker, ByteBuffer query, Consumer<byte[]> later);

    /** What stands behind an address that applications use. Microseconds; no allocation where nothing is known. */
    Meaning meaning(InetAddress address);

    /**
     * The true addresses of a name, for connections that the engine makes itself. Blocks, for virtual threads.
     *
     * @param asker whose flow it is for, null for the engine's own
     * @return at least one, the best first
     */
    List<InetAddress> resolve(@Nullable Asker asker, String name, Duration timeout) throws UnknownHostException;

    /** What an address means. */
    sealed interface Meaning {
        /** Just what it is. */
        Meaning ADDRESS = new Address();

        /** Made up by us at a time that nobody remembers: it leads nowhere. */
        Meaning FORGOTTEN = new Forgotten();

        /** See {@link #ADDRESS}. */
        record Address() implements Meaning {}

        /** See {@link #FORGOTTEN}. */
        record Forgotten() implements Meaning {}

        /** A true address that some applications were given as an answer lately. What one was given says nothing about another one's flows. */
        non-sealed interface Hint extends Meaning {
            /**
             * The name that an application was given the address for last.
             *
             * @param cgroup path of the application's cgroup; null when it is not known
             * @return null when it was given the address for none, or too long ago
             */
            @Nullable
            String name(@Nullable String cgroup);

            /** Whether an application was given the address for this name, among others perhaps. */
            boolean isFor(String name, @Nullable String cgroup);
        }

        /**
         * Made up for this name.
         *
         * @param name lower case, without a trailing dot
         * @param lease keeps the address from being given to another name; the flow's, which closes it when it ends
         */
        record Fake(String name, Lease lease) implements Meaning {}
    }

    /** That something uses a fake IP. Closing it again does nothing. */
    interface Lease extends AutoCloseable {
        @Override
        void close();
    }
}
