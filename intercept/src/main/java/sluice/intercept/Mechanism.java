// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import sluice.cgroup.Cgroup;
import sluice.linux.FileDescriptor;

/**
 * One way to make the kernel treat traffic as a {@link PolicyTree} says.
 *
 * <p>One owner thread calls everything. A call that fails changes nothing of what is in force, unless it says so; after any
 * failure {@link #install} brings the kernel back to the tree. Closing leaves the kernel as it is; {@link #remove} undoes
 * everything.
 */
public interface Mechanism extends AutoCloseable {
    /** As the configuration calls it: {@code nftables}. */
    String name();

    /**
     * Puts everything in force, in place of whatever an earlier run, or somebody else's interference, left; there is no
     * moment without rules where there were some.
     *
     * @throws ConflictException if something of somebody else is in the way
     */
    void install(Blueprint blueprint, PolicyTree tree) throws IOException;

    /**
     * Carries out changes of the tree. Each packet meets the old verdict of its cgroup or the new one; when this throws, a part of it may be in
     * force.
     */
    void update(List<Change> changes, PolicyTree tree) throws IOException;

    /** As {@link #update}, with a new blueprint and the changes of the tree that come with it. */
    void reload(Blueprint blueprint, List<Change> changes, PolicyTree tree) throws IOException;

    /**
     * Sends new flows of applications whose DNS is captured straight out, where they lead to one of these addresses, until its time is over;
     * an address that is known stays as long as the longer of both times. Addresses of routes that the blueprint does not have, and
     * made-up ones, are ignored. They outlive a reload that keeps their route, and {@link #install}, but not the process.
     *
     * @return how many found no room: there is an end to what the kernel is told, and nothing else goes for them
     */
    int admit(Collection<RoutedAddress> addresses) throws IOException;

    /** Gives up what only serves speed or the past, such as levels that have no cgroup any more. For quiet moments. */
    void settle(PolicyTree tree) throws IOException;

    /**
     * Has a cgroup come and go in one step, so that nobody ever meets it: for warming up. Who listens to the kernel hears of it.
     *
     * @param nobody with an id that no cgroup has, and a verdict that the blueprint can give
     */
    void rehearse(Assignment nobody) throws IOException;

    /**
     * Does what a cgroup deeper than all others makes necessary, but for telling the kernel: for warming up. Changes nothing.
     */
    void rehearseDeeper(PolicyTree tree);

    /** Whether the kernel still holds exactly what was put in force. */
    boolean isIntact(PolicyTree tree) throws IOException;

    /** Becomes readable when somebody may have changed what is in force; then {@link #disturbance()} tells. */
    List<FileDescriptor> notifications();

    /** Reads all pending notifications. Never waits. */
    Disturbance disturbance() throws IOException;

    /** What keeps the kernel from doing as it was told, in words for an operator; known since the last install, reload or disturbance. */
    List<String> warnings();

    /** What each rule has counted since it was first put in force, by its number. */
    Map<Integer, Traffic> traffic(PolicyTree tree) throws IOException;

    /** What the kernel holds for this very cgroup, in words of the mechanism; empty where it inherits. */
    List<String> held(Cgroup cgroup) throws IOException;

    /**
     * Puts what is in force in front of what others placed before it; packets meet it all the while.
     *
     * @return what was moved, one line each; empty if nothing had to be
     */
    List<String> reorder() throws IOException;

    /** Takes every trace out of the kernel. */
    void remove() throws IOException;

    @Override
    void close();

    /** What notifications told. */
    enum Disturbance {
        /** Nothing that matters. */
        NONE,
        /** Others put something in front of what is ours, or took it away again: {@link Mechanism#reorder} helps. */
        OUT_OF_ORDER,
        /** Something of ours may have changed, or may be missing by now: ask {@link Mechanism#isIntact}. */
        UNKNOWN,
        /** Somebody else changed something of ours. */
        FOREIGN
    }

    /**
     * What was counted.
     *
     * @param packets of flows that go straight out or to a TPROXY server only the first packet counts
     * @param bytes of these packets
     */
    record Traffic(long packets, long bytes) {
        /** Nothing. */
        public static final Traffic NONE = new Traffic(0, 0);

        /** Both together. */
        public Traffic plus(Traffic other) {
            return new Traffic(packets + other.packets, bytes + other.bytes);
        }

        /** This without the other. */
        Traffic minus(Traffic other) {
            return new Traffic(packets - other.packets, bytes - other.bytes);
        }
    }
}
