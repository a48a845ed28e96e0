// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.linux.Directory;
import sluice.linux.FileStatus;
import sluice.linux.Inotify;
import sluice.linux.NotFoundException;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;

/**
 * The tree of cgroups below a root, followed by inotify so that nothing is lost: every directory is watched first and listed then, and when
 * the kernel had to drop events, a scan finds the difference.
 *
 * <p>Belongs to the thread that awaits its poller. {@link #open} only prepares; the first {@link #resync()} reports what is there.
 */
public final class CgroupTree implements AutoCloseable {
    private static final int EVENTS = Inotify.IN_CREATE | Inotify.IN_DELETE | Inotify.IN_ONLYDIR;

    private final CgroupRoot root;
    private final Poller poller;
    private final CgroupListener listener;
    private final CgroupNode top = new CgroupNode(0, "", null);
    private final Map<Integer, CgroupNode> byWatch = new HashMap<>();
    private final PendingChanges pending = new PendingChanges();
    private final ArrayDeque<CgroupNode> unlisted = new ArrayDeque<>();

    private @Nullable Inotify inotify;
    private Poller.@Nullable Registration registration;
    // What kept the last resync, or an event since, from watching or seeing something.
    private @Nullable SystemCallException obstacle;
    private boolean degraded;
    private boolean overflowed;
    private int size;
    private long overflows;

    private CgroupTree(CgroupRoot root, Poller poller, CgroupListener listener) {
        this.root = root;
        this.poller = poller;
        this.listener = listener;
    }

    /** Prepares to follow the tree; nothing is read or reported before the first {@link #resync()}. */
    public static CgroupTree open(CgroupRoot root, Poller poller, CgroupListener listener) {
        return new CgroupTree(root, poller, listener);
    }

    /** The root it was opened with. */
    public CgroupRoot root() {
        return root;
    }

    /** How many cgroups are known, the root not among them. */
    public int size() {
        return size;
    }

    /** How often the kernel dropped events and a scan made up for it. */
    public long overflows() {
        return overflows;
    }

    /** Whether changes may go unnoticed, see {@link CgroupListener#degraded}. */
    public boolean isDegraded() {
        return degraded;
    }

    /** All known cgroups, parents before children. */
    public List<Cgroup> cgroups() {
        return top.subtree().stream().skip(1).map(this::describe).toList();
    }

    /** The cgroup with this path, if it is known. */
    public Optional<Cgroup> find(String path) {
        CgroupNode node = top;
        for (var name : path.split("/", -1)) {
            node = name.isEmpty() ? node : node.child(name);
            if (node == null) {
                return Optional.empty();
            }
        }
        return node == top ? Optional.empty() : Optional.of(describe(node));
    }

    /**
     * Compares the known tree with the real one and reports the difference; the first call reports everything. Watches what is not watched
     * yet. About 10 µs per cgroup.
     */
    public void resync() throws IOException {
        overflowed = false;
        obstacle = null;
        if (inotify == null) {
            openInotify();
        }
        watchTop();
        unlisted.push(top);
        listPending(true);
        report();
    }

    private void openInotify() throws IOException {
        try {
            var opened = Inotify.open();
            try {
                registration = poller.register(opened.descriptor(), Poller.EPOLLIN, events -> readable(opened));
                inotify = opened;
            } finally {
                if (inotify == null) {
                    opened.close();
                }
            }
        } catch (SystemCallException e) {
            obstacle = e;
        }
    }

    private void watchTop() throws IOException {
        if (inotify != null) {
            try {
                hold(top, inotify.watch(root.directory(), EVENTS));
            } catch (SystemCallException e) {
                obstacle = e;
                hold(top, CgroupNode.UNWATCHED);
            }
        }
    }

    private void readable(Inotify from) throws IOException {
        from.read(this::event);
        if (overflowed) {
            overflows++;
            resync();
        } else {
            report();
        }
    }

    private void event(int watch, int mask, String name) throws IOException {
        if ((mask & Inotify.IN_Q_OVERFLOW) != 0) {
            overflowed = true;
            return;
        }
        var node = byWatch.get(watch);
        if (node == null) {
            return;
        }
        if ((mask & Inotify.IN_IGNORED) != 0) {
            byWatch.remove(watch);
            node.watch = CgroupNode.UNWATCHED;
        } else if ((mask & Inotify.IN_ISDIR) != 0) {
            if ((mask & Inotify.IN_CREATE) != 0) {
                appeared(node, name, false);
                listPending(false);
            } else if ((mask & Inotify.IN_DELETE) != 0) {
                disappeared(node, name);
            }
        }
    }

    /**
     * Watches a directory and, if it is a new one, takes it in. Also for one that is known: had it been replaced between its watching and
     * its first stat, the watch would be on the dead one, and the event that tells of its successor is this one.
     */
    private void appeared(CgroupNode parent, String name, boolean listKnown) throws IOException {
        var known = parent.child(name);
        var path = root.absolute(parent.path()) + "/" + name;
        int watch = watch(path);
        var status = status(path);
        if (status.isEmpty()) {
            unwatch(known != null && known.watch == watch ? CgroupNode.UNWATCHED : watch);
            return;
        }
        boolean same = known != null && known.id == status.get().inode();
        if (known != null && !same) {
            remove(known);
        }
        var node =
                same && known != null ? known : add(parent, name, status.get().inode());
        boolean watchedAnew = hold(node, watch);
        boolean hasChildren = status.get().links() > 2 || !node.children().isEmpty();
        if (hasChildren && (!same || watchedAnew || listKnown)) {
            unlisted.push(node);
        }
    }

    private void disappeared(CgroupNode parent, String name) throws IOException {
        var known = parent.child(name);
        if (known == null) {
            return;
        }
        // The event may speak of a predecessor that had the same name.
        var status = status(root.absolute(known.path()));
        if (status.isEmpty() || status.get().inode() != known.id) {
            remove(known);
        }
    }

    private void listPending(boolean listKnown) throws IOException {
        while (!unlisted.isEmpty()) {
            list(unlisted.pop(), listKnown);
        }
    }

    private void list(CgroupNode node, boolean listKnown) throws IOException {
        Set<CgroupNode> unseen = new HashSet<>(node.children());
        try (var directory = Directory.open(root.absolute(node.path())).orElse(null)) {
            if (directory != null) {
                directory.subdirectories((name, inode) -> {
                    unseen.remove(node.child(name));
                    appeared(node, name, listKnown);
                });
            }
        } catch (SystemCallException e) {
            obstacle = e;
            return;
        }
        for (var gone : unseen) {
            remove(gone);
        }
    }

    private CgroupNode add(CgroupNode parent, String name, long id) {
        var node = new CgroupNode(id, name, parent);
        parent.add(node);
        size++;
        pending.add(new CgroupChange.Created(describe(node)));
        return node;
    }

    private void remove(CgroupNode node) throws IOException {
        for (var gone : node.subtree().reversed()) {
            var change = new CgroupChange.Removed(describe(gone));
            if (gone.watch != CgroupNode.UNWATCHED) {
                byWatch.remove(gone.watch);
                // kernfs keeps a removed directory's inode, and its watch, until the watch is taken away.
                unwatch(gone.watch);
            }
            size--;
            pending.add(change);
        }
        if (node.parent != null) {
            node.parent.remove(node);
        }
    }

    private Cgroup describe(CgroupNode node) {
        return new Cgroup(node.id, node.path(), root.level() + node.depth());
    }

    private Optional<FileStatus> status(String path) throws IOException {
        try {
            return FileStatus.of(path);
        } catch (SystemCallException e) {
            obstacle = e;
            return Optional.empty();
        }
    }

    private int watch(String path) {
        if (inotify == null) {
            return CgroupNode.UNWATCHED;
        }
        try {
            return inotify.watch(path, EVENTS);
        } catch (NotFoundException e) {
            return CgroupNode.UNWATCHED;
        } catch (SystemCallException e) {
            obstacle = e;
            return CgroupNode.UNWATCHED;
        }
    }

    private void unwatch(int watch) throws IOException {
        if (inotify != null && watch != CgroupNode.UNWATCHED) {
            inotify.remove(watch);
        }
    }

    /** Gives a node its watch, and takes away the one it had on a predecessor; whether it is another one. */
    private boolean hold(CgroupNode node, int watch) throws IOException {
        if (node.watch == watch) {
            return false;
        }
        if (node.watch != CgroupNode.UNWATCHED) {
            byWatch.remove(node.watch);
            unwatch(node.watch);
        }
        node.watch = watch;
        if (watch != CgroupNode.UNWATCHED) {
            byWatch.put(watch, node);
        }
        return true;
    }

    private void report() throws IOException {
        var changes = pending.take();
        if (!changes.isEmpty()) {
            listener.changed(changes);
        }
        if (obstacle != null && !degraded) {
            degraded = true;
            listener.degraded(obstacle);
        } else if (obstacle == null && degraded) {
            degraded = false;
            listener.recovered();
        }
    }

    /** Stops following; the poller stays the caller's. */
    @Override
    public void close() {
        if (registration != null) {
            registration.close();
        }
        if (inotify != null) {
            inotify.close();
        }
    }
}
