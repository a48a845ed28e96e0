// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Claimant;
import sluice.dns.NameService.Lease;
import sluice.dns.NameService.Meaning.Hint;
import sluice.engine.Attribution;
import sluice.linux.InetEndpoint;

/**
 * One intercepted connection, or one client socket's datagrams to one peer. Its owner thread writes; any thread may read, and sees counts
 * that are true but may be a moment old.
 */
public final class Flow implements Claimant {
    private static final int PLACES = 3;
    private static final VarHandle SENT = handle("sent", long.class);
    private static final VarHandle RECEIVED = handle("received", long.class);
    private static final VarHandle OWNER = handle("owner", Owner.class);

    private final long id;
    private final Transport transport;
    private final String target;
    private final InetEndpoint client;
    private final Attribution attribution;
    private final long startedMillis = System.currentTimeMillis();
    private final long startedNanos = System.nanoTime();
    private volatile Destination destination;
    private volatile Path path = Path.UNDECIDED;
    private volatile @Nullable Owner owner;
    private volatile @Nullable Ended ended;
    private volatile @Nullable Lease lease;
    private volatile @Nullable Hint hint;
    /** What it has of bounds; behind its own lock. */
    private final List<Bound.Place> places = new ArrayList<>(PLACES);

    private long sent;
    private long received;

    /**
     * A flow that starts now.
     *
     * @param id unique for the life of the engine
     * @param target the outbound that the cgroup's rule names
     * @param client the application's end
     * @param attribution asked for the owner when somebody wants to know
     */
    public Flow(
            long id,
            Transport transport,
            String target,
            InetEndpoint client,
            Destination destination,
            Attribution attribution) {
        this.id = id;
        this.transport = transport;
        this.target = target;
        this.client = client;
        this.destination = destination;
        this.attribution = attribution;
    }

    /**
     * The way a flow took.
     *
     * @param route place of the route that decided, from 0, in the configuration's list; -1 when none did
     * @param outbounds names from the chosen outbound (a group first, then its member) to the one that dials
     */
    public record Path(int route, List<String> outbounds) {
        /** Not chosen yet. */
        public static final Path UNDECIDED = new Path(-1, List.of());

        /** Keeps an unmodifiable list. */
        public Path {
            outbounds = List.copyOf(outbounds);
        }
    }

    /** How and when a flow ended; {@code detail} is empty or says more than the reason, for people. */
    public record Ended(FlowEnd reason, String detail, long afterNanos) {}

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Flow.class, field, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The number's: finding out an object's own asks the JVM, which costs more than all else that is done with it. */
    @Override
    public int hashCode() {
        return Long.hashCode(id);
    }

    /** Unique for the life of the engine. */
    public long id() {
        return id;
    }

    /** TCP or UDP. */
    public Transport transport() {
        return transport;
    }

    /** The outbound that the cgroup's rule names. */
    public String target() {
        return target;
    }

    /** The application's end. */
    public InetEndpoint client() {
        return client;
    }

    /** When it was accepted, to the millisecond. */
    public Instant started() {
        return Instant.ofEpochMilli(startedMillis);
    }

    /** Where it goes, with its name as soon as that is known. */
    public Destination destination() {
        return destination;
    }

    /** Owner thread only. */
    public void destination(Destination known) {
        destination = known;
    }

    /** The way it took. */
    public Path path() {
        return path;
    }

    /** Owner thread only. */
    public void path(Path chosen) {
        path = chosen;
    }

    /** DNS gave its address to some applications: if this was one of them, it means the name. Owner thread only. */
    void hint(Hint given) {
        hint = given;
        destination = destination.hinted(given.name(owner().cgroup()));
    }

    /**
     * Its first bytes say where it goes. Owner thread only.
     *
     * @param reliable whether that counts as the destination, though DNS may not have given the address for it
     */
    public void said(String name, boolean reliable) {
        var given = hint;
        destination = destination.named(name, reliable || (given != null && given.isFor(name, owner().cgroup())));
    }

    /** Keeps its made-up destination from being given to another name until it ends. */
    void lease(Lease held) {
        lease = held;
    }

    /** Has it give back a place of a bound when it ends, or at once if it has. Any thread. */
    public void hold(Bound.Place place) {
        synchronized (places) {
            if (ended == null) {
                places.add(place);
                return;
            }
        }
        place.close();
    }

    /**
     * Whose it is: found out when somebody asks for the first time, since most flows that nobody looks at are over in a moment and the question costs
     * one in fifteen of what such a flow takes. Unknown if nobody did before it ended. Any thread.
     */
    public Owner owner() {
        var known = owner;
        if (known != null) {
            return known;
        }
        var found =
                ended == null ? attribution.ownerOrUnknown(transport, client, destination.endpoint()) : Owner.UNKNOWN;
        // Whoever knew the process as well was faster, and knows more.
        var earlier = (Owner) OWNER.compareAndExchange(this, null, found);
        return earlier == null ? found : earlier;
    }

    @Override
    public String share() {
        return owner().share();
    }

    /** Whoever found out. */
    public void owner(Owner found) {
        owner = found;
    }

    /** Bytes from the application to the upstream so far. */
    public long sent() {
        return (long) SENT.getOpaque(this);
    }

    /** Bytes from the upstream to the application so far. */
    public long received() {
        return (long) RECEIVED.getOpaque(this);
    }

    /** Counts bytes to the upstream. Owner thread only. */
    public void addSent(long bytes) {
        SENT.setOpaque(this, sent + bytes);
    }

    /** Counts bytes to the application. Owner thread only. */
    public void addReceived(long bytes) {
        RECEIVED.setOpaque(this, received + bytes);
    }

    /** How it ended, or null while it lives. */
    public @Nullable Ended ended() {
        return ended;
    }

    /**
     * Ends it; only the first time counts. Owner thread only.
     *
     * @return whether this was the first time
     */
    public boolean end(FlowEnd reason, String detail) {
        if (ended != null) {
            return false;
        }
        synchronized (places) {
            ended = new Ended(reason, detail, System.nanoTime() - startedNanos);
        }
        places.forEach(Bound.Place::close);
        var held = lease;
        if (held != null) {
            held.close();
        }
        return true;
    }
}
