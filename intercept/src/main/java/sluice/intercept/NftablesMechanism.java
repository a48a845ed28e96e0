// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.linux.FileDescriptor;
import sluice.linux.GracePeriod;
import sluice.netlink.NetlinkException;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftEvent;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Transaction;
import sluice.netlink.nftables.Value;

/**
 * Steers with nftables marks, policy routes and TPROXY; needs CAP_NET_ADMIN and nothing else. docs/adr/0002-ruleset.md
 * explains the ruleset.
 */
public final class NftablesMechanism implements Mechanism {
    private static final int NOTIFICATIONS_AT_ONCE = 256;

    private final Nftables nftables;
    private final sluice.netlink.Subscription<NftEvent> events;
    private final PolicyRoutes routes;
    private final TableOwnership ownership;
    private final RuleTraffic traffic = new RuleTraffic();
    private final RoutedAddresses routed = new RoutedAddresses();
    private final NewTable newTable = new NewTable();
    private FlowMarks flowMarks = FlowMarks.none(0);
    private Levels levels = Levels.NONE;
    private @Nullable InForce inForce;

    /**
     * What the last transaction put in force.
     *
     * @param clientPorts set as long as the table is new
     */
    private record InForce(
            Blueprint blueprint, Ruleset ruleset, @Nullable ClientPorts clientPorts) {}

    private NftablesMechanism(
            Nftables nftables,
            sluice.netlink.Subscription<NftEvent> events,
            PolicyRoutes routes,
            TableOwnership ownership) {
        this.nftables = nftables;
        this.events = events;
        this.routes = routes;
        this.ownership = ownership;
    }

    /**
     * Opens its sockets in the network namespace of the calling thread; changes nothing.
     *
     * @throws sluice.linux.UnsupportedException if the kernel has no nftables
     */
    public static NftablesMechanism open() throws IOException {
        return open(new TableOwnership(TableOwnership.FLAGS));
    }

    static NftablesMechanism open(TableOwnership ownership) throws IOException {
        var opened = new ArrayList<AutoCloseable>();
        try {
            var nftables = Nftables.open();
            opened.add(nftables);
            var events = Nftables.subscribe(RulesetComposer.TABLE);
            opened.add(events);
            return new NftablesMechanism(nftables, events, PolicyRoutes.open(), ownership);
        } catch (IOException e) {
            for (var resource : opened) {
                closeQuietly(resource, e);
            }
            throw e;
        }
    }

    private static void closeQuietly(AutoCloseable resource, IOException because) {
        try {
            resource.close();
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }

    @Override
    public String name() {
        return "nftables";
    }

    @Override
    public void install(Blueprint blueprint, PolicyTree tree) throws IOException {
        install(blueprint, tree, List.of());
    }

    /** As {@link #install(Blueprint, PolicyTree)}, for a tree that has these changes since. */
    private void install(Blueprint blueprint, PolicyTree tree, List<Change> changes) throws IOException {
        var present = ourTable();
        boolean replaces = present != null;
        if (!replaces) {
            newTable.begin();
        }
        if (replaces && inForce != null) {
            // Figures of what the last change deleted. What others did until now is put right here.
            var _ = events.drain(NOTIFICATIONS_AT_ONCE, this::judge);
            traffic.keep(counters(inForce.ruleset), tree, changes);
        }
        var marks = flowMarksFor(blueprint);
        var clientPorts = newTable.isNew() ? ClientPorts.read() : null;
        var ruleset = RulesetComposer.compose(blueprint, marks, tree.levels(), clientPorts);
        try {
            routes.require(blueprint);
            replaceTable(ruleset, present, blueprint, tree);
        } catch (IOException e) {
            if (!replaces && inForce == null) {
                removeQuietly(e);
            }
            throw e;
        }
        flowMarks = marks;
        levels = tree.levels();
        inForce = new InForce(blueprint, ruleset, clientPorts);
        routes.dropOthers(blueprint);
    }

    private void replaceTable(Ruleset ruleset, @Nullable Table present, Blueprint blueprint, PolicyTree tree)
            throws IOException {
        var wanted = ownership.table(blueprint);
        try {
            replaceTable(ruleset, present, wanted, blueprint, tree);
        } catch (NetlinkException.Unsupported e) {
            if (!wanted.has(Table.OWNED)) {
                throw e;
            }
            ownership.refused();
            replaceTable(ruleset, present, ownership.table(blueprint), blueprint, tree);
        }
    }

    private void replaceTable(
            Ruleset ruleset, @Nullable Table present, Table wanted, Blueprint blueprint, PolicyTree tree)
            throws IOException {
        var leftovers = present == null || TableOwnership.isMadeAnew(present, wanted)
                ? Optional.<Leftovers>empty()
                : Leftovers.read(nftables);
        var transaction = nftables.transaction();
        if (present != null && leftovers.isEmpty()) {
            transaction.delete(present);
        }
        transaction.add(wanted);
        Set<NftSet> kept =
                leftovers.map(left -> left.clear(ruleset, transaction)).orElse(Set.of());
        ruleset.create(transaction, kept);
        if (hasOlderFlows(ruleset) && !kept.contains(OlderFlows.SERVED)) {
            // After a flush, connections that began without the table are not spared: they went past their server.
            OlderFlows.fill(transaction, inForce == null);
        }
        CgroupElements.fill(transaction, ruleset, blueprint.holdNewCgroups(), tree.assignments());
        routed.fillAll(blueprint.names().routes(), transaction);
        transaction.commit();
        routed.keep(blueprint.names().routes());
    }

    private void removeQuietly(IOException because) {
        try {
            routes.removeAll();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    @Override
    public void update(List<Change> changes, PolicyTree tree) throws IOException {
        var now = inForce();
        change(now.blueprint, tree.levels().union(levels), changes);
    }

    @Override
    public void reload(Blueprint blueprint, List<Change> changes, PolicyTree tree) throws IOException {
        var before = inForce().blueprint;
        if (!blueprint.root().equals(before.root())
                || blueprint.marks().flowMask() != before.marks().flowMask()
                || blueprint.ownTable() != before.ownTable()) {
            // Concerns cgroups that did not change, too.
            install(blueprint, tree, changes);
            return;
        }
        routes.require(blueprint);
        // As long as drops are there that go, the rules have to ask for them.
        change(blueprint.withElementsOf(before), tree.levels().union(levels), changes);
        if (blueprint.equals(inForce().blueprint)) {
            settle(tree);
            routes.dropOthers(blueprint);
        } else {
            // Each cgroup needs an element more, or none has it any more.
            install(blueprint, tree);
        }
    }

    @Override
    public int admit(Collection<RoutedAddress> addresses) throws IOException {
        var plan = routed.plan(addresses, inForce().blueprint.names());
        var transaction = nftables.transaction();
        routed.fill(plan, transaction);
        transaction.commit();
        routed.accept(plan);
        return plan.refused();
    }

    @Override
    public void settle(PolicyTree tree) throws IOException {
        change(inForce().blueprint, tree.levels(), List.of());
    }

    @Override
    public void rehearse(Assignment nobody) throws IOException {
        var now = inForce();
        boolean hold = now.blueprint.holdNewCgroups();
        var transaction = nftables.transaction();
        for (var change : List.of(new Change(null, nobody), new Change(nobody, null))) {
            CgroupElements.steps(List.of(change), hold, now.ruleset, now.ruleset)
                    .forEach(step -> step.put(transaction));
        }
        transaction.commit();
    }

    @Override
    public void rehearseDeeper(PolicyTree tree) {
        var now = inForce();
        var deeper =
                RulesetComposer.compose(now.blueprint, flowMarks, tree.levels().deeper(), now.clientPorts);
        var transaction = nftables.transaction();
        deeper.replace(now.ruleset, transaction);
        deeper.deleteRest(now.ruleset, transaction);
    }

    private void change(Blueprint blueprint, Levels wanted, List<Change> changes) throws IOException {
        var now = inForce();
        var before = now.ruleset;
        boolean samePolicy = blueprint.equals(now.blueprint);
        var marks = samePolicy ? flowMarks : flowMarksFor(blueprint);
        var clientPorts = newTable.isNew() ? now.clientPorts : null;
        boolean sameRules = samePolicy && wanted.equals(levels) && Objects.equals(clientPorts, now.clientPorts);
        var after = sameRules ? before : RulesetComposer.compose(blueprint, marks, wanted, clientPorts);
        if (!sameRules) {
            replace(before, after);
        }
        // A repair has to know what is there, should the rest fail.
        flowMarks = marks;
        levels = wanted;
        inForce = new InForce(blueprint, after, clientPorts);
        boolean follows = false;
        for (var step : CgroupElements.steps(changes, blueprint.holdNewCgroups(), before, after)) {
            if (follows) {
                // A packet that has looked into sets before the last step must not look into others after this one.
                var _ = GracePeriod.pass();
            }
            commit(step::put);
            follows = true;
        }
        if (!sameRules) {
            commit(transaction -> after.deleteRest(before, transaction));
        }
        traffic.removed(changes);
        handOver(changes);
        routed.keep(blueprint.names().routes());
    }

    /** Puts all of a ruleset in force but what {@link Ruleset#deleteRest} does. */
    private void replace(Ruleset before, Ruleset after) throws IOException {
        var transaction = nftables.transaction();
        after.replace(before, transaction);
        if (hasOlderFlows(after) && !hasOlderFlows(before)) {
            OlderFlows.fill(transaction, true);
        }
        transaction.commit();
    }

    private static boolean hasOlderFlows(Ruleset ruleset) {
        return ruleset.has(OlderFlows.SERVED.name());
    }

    /** What elements have counted until now belongs to the rules that were the reason for them. */
    private void handOver(List<Change> changes) throws IOException {
        var counted = new EnumMap<CgroupSet, Map<Long, Traffic>>(CgroupSet.class);
        for (var element : RuleTraffic.takenOver(changes)) {
            var ofSet = counted.get(element.set());
            if (ofSet == null) {
                ofSet = new HashMap<>();
                count(element.set(), ofSet);
                counted.put(element.set(), ofSet);
            }
            traffic.handOver(element, ofSet.getOrDefault(element.cgroup(), Traffic.NONE));
        }
    }

    private void commit(Consumer<Transaction> content) throws IOException {
        var transaction = nftables.transaction();
        content.accept(transaction);
        if (!transaction.isEmpty()) {
            transaction.commit();
        }
    }

    private FlowMarks flowMarksFor(Blueprint blueprint) {
        int mask = blueprint.marks().flowMask();
        var known = flowMarks.mask() == mask ? flowMarks : FlowMarks.none(mask);
        return known.with(blueprint.redirections());
    }

    private InForce inForce() {
        if (inForce == null) {
            throw new IllegalStateException("nothing was put in force yet");
        }
        return inForce;
    }

    private boolean tableIsThere() throws IOException {
        return ourTable() != null;
    }

    private @Nullable Table ourTable() throws IOException {
        for (var table : nftables.tables()) {
            if (isOurName(table)) {
                if (!table.comment().equals(RulesetComposer.OWNER)) {
                    throw new ConflictException("make " + table + ": somebody else's table has that name (no comment \""
                            + RulesetComposer.OWNER + "\"); look at it with 'nft list table inet sluice', and if it is"
                            + " not needed: 'nft delete table inet sluice'");
                }
                if (table.owner() != 0 && table.owner() != nftables.portId()) {
                    throw new ConflictException("change " + table + ": another process owns it, with the netlink port "
                            + Integer.toUnsignedString(table.owner())
                            + ", which mostly is its process id; end that process");
                }
                return table;
            }
        }
        return null;
    }

    private static boolean isOurName(Table table) {
        return table.family() == RulesetComposer.TABLE.family() && table.name().equals(RulesetComposer.TABLE.name());
    }

    @Override
    public boolean isIntact(PolicyTree tree) throws IOException {
        var now = inForce();
        try {
            return routes.areIntact(now.blueprint)
                    && expectedTable(now.blueprint).equals(ourTable())
                    && new TableInspection(nftables, now.ruleset).finds(tree, now.blueprint.holdNewCgroups());
        } catch (NetlinkException.Absent | ConflictException e) {
            return false;
        }
    }

    private Table expectedTable(Blueprint blueprint) {
        var table = ownership.table(blueprint);
        return table.has(Table.OWNED) ? table.ownedBy(nftables.portId()) : table;
    }

    @Override
    public List<FileDescriptor> notifications() {
        return List.of(events.descriptor(), routes.notifications());
    }

    @Override
    public Disturbance disturbance() throws IOException {
        var worst = new Disturbance[] {routes.disturbance()};
        // Level triggered: what is left is reported again.
        var _ = events.drain(NOTIFICATIONS_AT_ONCE, event -> worst[0] = worse(worst[0], judge(event)));
        return worst[0];
    }

    static Disturbance worse(Disturbance one, Disturbance other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private Disturbance judge(NftEvent event) {
        if (event instanceof NftEvent.Lost) {
            return Disturbance.UNKNOWN;
        }
        if (event.portId() == nftables.portId()) {
            if (event instanceof NftEvent.ElementsChanged gone && !gone.added()) {
                traffic.gone(gone);
            }
            return Disturbance.NONE;
        }
        boolean harmless = event instanceof NftEvent.Generation
                || (event instanceof NftEvent.ElementsChanged change && isExpiry(change));
        return harmless ? Disturbance.NONE : Disturbance.FOREIGN;
    }

    /** Whether elements are gone that go by themselves. */
    private boolean isExpiry(NftEvent.ElementsChanged change) {
        return !change.added() && inForce != null && inForce.ruleset.isAlive(change.set());
    }

    @Override
    public List<String> warnings() {
        var warnings = new ArrayList<>(routes.warnings());
        if (ownership.isUnsupported()) {
            warnings.add("own-table: this kernel has no tables that outlive their owner (Linux 6.9 or newer has); other"
                    + " programs can remove the table of Sluice, which puts it back then");
        }
        return warnings;
    }

    private Map<Long, Traffic> counters(Ruleset ruleset) throws IOException {
        var counters = new HashMap<Long, Traffic>();
        for (var set : CgroupSet.values()) {
            if (set.counts() && ruleset.has(set)) {
                count(set, counters);
            }
        }
        return counters;
    }

    private void count(CgroupSet set, Map<Long, Traffic> counters) throws IOException {
        for (var element : nftables.elements(set.definition)) {
            counters.merge(element.key().asCgroup(), RuleTraffic.of(element), Traffic::plus);
        }
    }

    @Override
    public Map<Integer, Traffic> traffic(PolicyTree tree) throws IOException {
        return traffic.with(counters(inForce().ruleset), tree);
    }

    @Override
    public List<String> held(Cgroup cgroup) throws IOException {
        var held = new ArrayList<String>();
        for (var set : CgroupSet.values()) {
            if (!inForce().ruleset.has(set)) {
                continue;
            }
            try {
                var element = nftables.element(set.definition, Value.cgroup(cgroup.id()));
                var counted = RuleTraffic.of(element);
                held.add((set.value == CgroupSet.Value.NONE ? "set " : "map ")
                        + set.definition.name()
                        + (element.data() == null ? "" : ": " + describe(element))
                        + (set.counts() ? " (" + counted.packets() + " " + set.counted + ")" : ""));
            } catch (NetlinkException.Absent e) {
                // Not in this one.
            }
        }
        return held;
    }

    private static String describe(Element element) {
        return element.data() instanceof Value mark
                ? "mark " + Integer.toUnsignedString(mark.asMark())
                : String.valueOf(element.data());
    }

    @Override
    public List<String> reorder() throws IOException {
        return routes.reorder();
    }

    @Override
    public void remove() throws IOException {
        if (tableIsThere()) {
            nftables.transaction().delete(RulesetComposer.TABLE).commit();
        }
        routes.removeAll();
        inForce = null;
        levels = Levels.NONE;
    }

    @Override
    public void close() {
        routes.close();
        events.close();
        nftables.close();
    }
}
