// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.cgroup.CgroupChange;
import sluice.cgroup.CgroupListener;
import sluice.cgroup.CgroupRoot;
import sluice.cgroup.CgroupTree;
import sluice.intercept.Classifier;
import sluice.intercept.PolicyTree;
import sluice.linux.SystemCallException;

/**
 * Has the way of a new cgroup to the kernel compiled before the first one takes it, in the second after the start: directories come and go in
 * an empty place, as cgroups do, are classified, and a cgroup that does not exist is put in force and taken out again in one transaction. Without it the
 * first hundreds of cgroups take several times as long as later ones, and the very first one milliseconds. On the control thread, one at a time
 * between whatever else there is to do.
 */
final class WarmUp implements CgroupListener {
    private static final int ROUNDS = 500;
    /** What a new depth of the tree takes is done once in so many. */
    private static final int DEEPER = 10;

    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private final ControlLoop loop;
    private final Reconciler reconciler;
    private final Path place;
    private final PolicyTree tree;
    private final CgroupTree directories;
    private int done;

    private WarmUp(ControlLoop loop, Reconciler reconciler, Path place, Classifier classifier) {
        this.loop = loop;
        this.reconciler = reconciler;
        this.place = place;
        this.tree = new PolicyTree(classifier);
        this.directories = CgroupTree.open(new CgroupRoot(place.toString(), 1), loop.poller(), this);
    }

    /**
     * Begins once the loop runs.
     *
     * @param place a directory that nobody else uses; made, and removed at the end
     */
    static void start(ControlLoop loop, Reconciler reconciler, Path place, Classifier classifier) {
        loop.after(PAUSE, () -> new WarmUp(loop, reconciler, place, classifier).begin());
    }

    private void begin() {
        try {
            Files.createDirectories(place);
            Files.deleteIfExists(directory());
            directories.resync();
            step();
        } catch (IOException e) {
            LOG.debug("warm up: {}, ignoring", e.getMessage());
            end();
        }
    }

    private void step() {
        try {
            if (done % 2 == 0) {
                Files.createDirectory(directory());
            } else {
                Files.delete(directory());
            }
        } catch (IOException e) {
            LOG.debug("warm up: {}, ignoring", e.getMessage());
            end();
        }
    }

    @Override
    public void changed(List<CgroupChange> changes) {
        for (var change : changes) {
            switch (change) {
                case CgroupChange.Created(var directory) -> {
                    var _ = tree.created(directory);
                }
                case CgroupChange.Removed(var directory) -> {
                    var _ = tree.removed(directory);
                }
            }
        }
        try {
            reconciler.rehearse();
        } catch (IOException e) {
            LOG.debug("warm up: {}, ignoring", e.getMessage());
            end();
            return;
        }
        done++;
        if (done % DEEPER == 0) {
            reconciler.rehearseDeeper();
        }
        if (done < 2 * ROUNDS) {
            loop.after(PAUSE, this::step);
        } else {
            end();
        }
    }

    @Override
    public void degraded(SystemCallException reason) {
        end();
    }

    @Override
    public void recovered() {
        // Ended when it was degraded.
    }

    private void end() {
        directories.close();
        try {
            Files.deleteIfExists(directory());
            Files.deleteIfExists(place);
        } catch (IOException e) {
            LOG.debug("warm up: {}, ignoring", e.getMessage());
        }
    }

    private Path directory() {
        return place.resolve("warm-up.service");
    }
}
