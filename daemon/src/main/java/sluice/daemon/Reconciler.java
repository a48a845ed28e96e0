// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.cgroup.Cgroup;
import sluice.intercept.Assignment;
import sluice.intercept.Blueprint;
import sluice.intercept.Change;
import sluice.intercept.Classifier;
import sluice.intercept.Levels;
import sluice.intercept.Mechanism;
import sluice.intercept.PolicyTree;
import sluice.intercept.Ruling;
import sluice.intercept.Verdict;
import sluice.linux.Poller;

/**
 * Keeps the kernel equal to policy × cgroup tree: carries changes of the tree and of the policy to the mechanism, and puts
 * right what others broke. Everything on the control thread.
 */
final class Reconciler implements AutoCloseable {
    /** After the last change of the tree, this long until what only served speed is given up. */
    private static final Duration SETTLE = Duration.ofSeconds(2);

    /** So long after the first rules, no flow is older than they are. */
    private static final Duration OLDER_FLOWS_ARE_SETTLED = Duration.ofSeconds(31);

    private static final Duration VERIFY = Duration.ofMillis(200);

    private static final int FREE_REPAIRS = 6;

    /** A VPN that goes down and comes up again within a minute makes us move eight times, see wg-quick(8). */
    private static final int FREE_MOVES = 16;

    /** No cgroup ever has this id: kernfs counts inodes upwards. */
    private static final Cgroup NOBODY = new Cgroup(-1, "/warm-up.service", 1);

    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    private final ControlLoop loop;
    private final Footprint footprint;
    private final Mechanism mechanism;
    private final Backoff backoff = new Backoff(FREE_REPAIRS);
    private final Backoff reorderBackoff = new Backoff(FREE_MOVES);
    private final List<Poller.Registration> registrations = new ArrayList<>();
    private final List<Change> pending = new ArrayList<>();
    private final PolicyTree tree;
    private Blueprint blueprint;
    private List<String> told = List.of();
    private boolean installed;
    private long repairs;
    private ControlLoop.@Nullable Alarm settling;
    private ControlLoop.@Nullable Alarm repairing;
    private ControlLoop.@Nullable Alarm reordering;

    Reconciler(ControlLoop loop, Footprint footprint, Mechanism mechanism, Blueprint blueprint, Classifier classifier) {
        this.loop = loop;
        this.footprint = footprint;
        this.mechanism = mechanism;
        this.blueprint = blueprint;
        this.tree = new PolicyTree(classifier);
    }

    PolicyTree tree() {
        return tree;
    }

    Blueprint blueprint() {
        return blueprint;
    }

    Mechanism mechanism() {
        return mechanism;
    }

    /** How often something had to be put right since the start. */
    long repairs() {
        return repairs;
    }

    /** What keeps the kernel from doing as the policy says, for an operator. What comes up between reloads is logged here. */
    List<String> warnings() {
        var warnings = new ArrayList<>(mechanism.warnings());
        if (tree.isTooDeep()) {
            warnings.add(
                    "cgroups below level " + Levels.DEEPEST
                            + " get what the cgroup above them gets, whatever rules match them: the kernel cannot tell them apart");
        }
        return warnings;
    }

    private void warn() {
        if (reordering != null) {
            // What is about to be put right is not worth a warning.
            return;
        }
        var now = warnings();
        now.stream().filter(warning -> !told.contains(warning)).forEach(LOG::warn);
        told = now;
    }

    /** A cgroup appeared; carried out by {@link #flush()}. */
    void created(Cgroup cgroup) {
        pending.add(tree.created(cgroup));
    }

    /** A cgroup is gone; carried out by {@link #flush()}. */
    void removed(Cgroup cgroup) {
        var change = tree.removed(cgroup);
        if (change != null) {
            pending.add(change);
        }
    }

    /** Does what a new cgroup takes, without any effect: for warming up. */
    void rehearse() throws IOException {
        if (installed && repairing == null) {
            mechanism.rehearse(nobody());
            mechanism.update(List.of(), tree);
        }
    }

    private Assignment nobody() {
        var redirections = blueprint.redirections();
        Verdict verdict = redirections.isEmpty() ? new Verdict.Direct() : new Verdict.Redirect(redirections.getFirst());
        return new Assignment(NOBODY, new Ruling(0, verdict), false, false, false);
    }

    /** Does what a new depth of the tree takes, without any effect. */
    void rehearseDeeper() {
        mechanism.rehearseDeeper(tree);
    }

    /** Puts everything in force for the first time, and listens from then on to what others do to it. */
    void install() throws IOException {
        for (var descriptor : mechanism.notifications()) {
            registrations.add(loop.poller().register(descriptor, Poller.EPOLLIN, events -> disturbed()));
        }
        mechanism.install(blueprint, tree);
        pending.clear();
        installed = true;
        told = warnings();
        footprint.reduceSoon();
        loop.after(OLDER_FLOWS_ARE_SETTLED, () -> {
            settle();
            footprint.reduceSoon();
        });
    }

    /** Carries out what {@link #created} and {@link #removed} collected. */
    void flush() {
        if (!installed || pending.isEmpty()) {
            return;
        }
        var changes = List.copyOf(pending);
        pending.clear();
        if (repairing != null) {
            // The repair puts the whole tree in force.
            return;
        }
        warn();
        try {
            mechanism.update(changes, tree);
            if (settling == null) {
                settling = loop.after(SETTLE, () -> {
                    settling = null;
                    settle();
                });
            }
        } catch (IOException e) {
            repairAfter(e);
        }
    }

    /**
     * Puts a new policy in force. Running flows keep their verdicts.
     *
     * @throws IOException if the kernel refuses it; then the old one is in force again
     */
    Difference reload(Blueprint newBlueprint, Classifier newClassifier, Classifier oldClassifier) throws IOException {
        flush();
        var changes = tree.reclassify(newClassifier);
        try {
            mechanism.reload(newBlueprint, changes, tree);
            blueprint = newBlueprint;
            told = warnings();
            footprint.reduceSoon();
            return Difference.of(changes);
        } catch (IOException e) {
            tree.reclassify(oldClassifier);
            repairSoon();
            throw e;
        }
    }

    /**
     * What a reload changed, in cgroups.
     *
     * @param added that a rule matches now
     * @param removed that no rule matches any more
     * @param changed that a rule with another effect matches
     */
    record Difference(long added, long removed, long changed) {
        static Difference of(List<Change> changes) {
            long added = 0;
            long removed = 0;
            long changed = 0;
            for (var change : changes) {
                var before = change.before() == null ? null : change.before().own();
                var after = change.after() == null ? null : change.after().own();
                if (before == null && after != null) {
                    added++;
                } else if (before != null && after == null) {
                    removed++;
                } else if (before != null && after != null && !before.verdict().equals(after.verdict())) {
                    changed++;
                }
            }
            return new Difference(added, removed, changed);
        }

        @Override
        public String toString() {
            return changed + " cgroups changed, " + added + " added, " + removed + " removed";
        }
    }

    /** Classifies anew with the same blueprint, because what decides besides the rules has changed. */
    void reclassify(Classifier classifier) {
        flush();
        pending.addAll(tree.reclassify(classifier));
        flush();
    }

    private void disturbed() {
        try {
            answer(mechanism.disturbance());
        } catch (IOException e) {
            repairAfter(e);
        }
        warn();
    }

    private void answer(Mechanism.Disturbance disturbance) {
        switch (disturbance) {
            case NONE -> {}
            case OUT_OF_ORDER -> {
                if (installed && repairing == null && reordering == null) {
                    reordering = loop.after(reorderBackoff.next(), this::reorder);
                }
            }
            case FOREIGN -> {
                if (installed && repairing == null) {
                    LOG.warn("somebody changed what Sluice put into the kernel; repairing it");
                    repairSoon();
                }
            }
            case UNKNOWN -> {
                if (installed && repairing == null) {
                    repairing = loop.after(VERIFY, this::verify);
                }
            }
        }
    }

    private void reorder() {
        reordering = null;
        try {
            mechanism.reorder().forEach(LOG::info);
            if (reorderBackoff.isFight()) {
                LOG.warn(
                        "another program keeps adding policy rules in front of those of Sluice; moving in front of them"
                                + " less and less often, and redirected traffic that they apply to is dropped meanwhile");
            }
        } catch (IOException e) {
            repairAfter(e);
        }
        warn();
    }

    private void verify() {
        repairing = null;
        try {
            if (!mechanism.isIntact(tree)) {
                LOG.warn("the kernel differs from the policy; repairing it");
                repairSoon();
            }
        } catch (IOException e) {
            repairAfter(e);
        }
    }

    private void repairAfter(IOException failure) {
        LOG.warn("{}; putting everything in force again", failure.getMessage());
        repairSoon();
    }

    private void repairSoon() {
        if (repairing == null) {
            repairing = loop.after(backoff.next(), this::repair);
        }
    }

    private void repair() {
        repairing = null;
        pending.clear();
        try {
            mechanism.install(blueprint, tree);
            repairs++;
            footprint.reduceSoon();
            LOG.info(
                    "everything is in force again: {} cgroups",
                    tree.assignments().size());
            if (backoff.isFight()) {
                LOG.warn("somebody keeps changing what Sluice puts into the kernel; repairing it less and less often");
            }
        } catch (IOException e) {
            LOG.error(
                    "{}; trying again in {} ms",
                    e.getMessage(),
                    backoff.current().toMillis());
            repairSoon();
        }
    }

    private void settle() {
        if (repairing != null) {
            // The repair puts nothing in force that is to be given up.
            return;
        }
        try {
            mechanism.settle(tree);
        } catch (IOException e) {
            repairAfter(e);
        }
    }

    @Override
    public void close() {
        registrations.forEach(Poller.Registration::close);
    }
}
