// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService;
import sluice.dns.Network;
import sluice.engine.GroupView;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.rules.Marks;
import sluice.rules.Outbound;

/**
 * The outbounds in force: ways for flows, groups with their health and choices. Any thread; {@link #way} neither waits nor locks. Until the first
 * {@link #apply} it knows {@code direct} and {@code block} only.
 */
public final class OutboundTable implements Outbounds, AutoCloseable {
    private final Lookup lookup;
    private final Connector connector;
    private final HealthChecks checks;
    private final Choices choices;
    private final OutboundNetwork network;
    private volatile OutletPlan plan;
    private int guard;

    /**
     * What it stands on.
     *
     * @param parking stays the caller's
     * @param resolver finds proxies that are given by name
     * @param ours whether the engine itself listens there; any thread
     * @param choices file that remembers what people chose; empty: nothing is remembered
     * @param warnings hears, in one line each, what did not work and does not matter to flows; any thread
     */
    public record Surroundings(
            Parking parking,
            HostResolver resolver,
            Predicate<InetEndpoint> ours,
            Optional<Path> choices,
            Consumer<String> warnings) {}

    /** A table without a configuration. */
    public OutboundTable(Surroundings surroundings) {
        this.lookup = new Lookup(surroundings.resolver());
        this.connector = new Connector(surroundings.parking(), lookup, new LoopGuard(surroundings.ours()));
        this.choices = new Choices(surroundings.choices().map(ChoiceFile::new), surroundings.warnings());
        this.checks = new HealthChecks(surroundings.parking(), this::resolve);
        this.plan = OutletPlan.empty(connector);
        this.network = new OutboundNetwork(connector, () -> plan.outlets());
    }

    private Outlets.Resolved resolve(String member, HealthProbe probe) {
        var outlets = plan.outlets();
        return new Outlets(outlets.nodes(), connector, (group, failing) -> {})
                .resolve(member, probe.server().host());
    }

    /**
     * Puts a configuration into force for new flows. Groups whose members did not change keep their health and choice.
     *
     * @param outbounds valid: names resolve and nothing leads back to itself
     * @param userAgent whether HTTP proxies are told the application
     * @throws IOException a file that an outbound names cannot be used; nothing has changed then
     */
    public synchronized void apply(Map<String, Outbound> outbounds, Marks marks, boolean userAgent) throws IOException {
        var before = plan;
        var after = OutletPlan.make(
                outbounds, marks, userAgent, connector, choices, before, (group, member) -> checks.hint(group, member));
        plan = after;
        guard = marks.guard();
        network.forgetTrust();
        before.groups().stream()
                .filter(group -> !after.groups().contains(group))
                .forEach(checks::stop);
        after.groups().stream()
                .filter(group -> !before.groups().contains(group))
                .forEach(checks::start);
    }

    /** Has sockets made with other bits for the loop guard from now on. */
    public synchronized void guard(int bits) {
        if (bits != guard) {
            plan = plan.guarded(guard, bits);
            guard = bits;
        }
    }

    @Override
    public Way way(String outbound, Destination destination, Transport transport) {
        return plan.outlets().way(outbound, destination, transport);
    }

    @Override
    public @Nullable InetEndpoint loopbackProxy(List<String> outbounds) {
        return plan.outlets().loopbackProxy(outbounds);
    }

    /** How DNS gets out by the outbounds in force. */
    public Network network() {
        return network;
    }

    /** Has the names that flows lead to looked up by our own DNS from now on; null: by the machine's resolver. */
    public void names(@Nullable NameService service) {
        lookup.names(service);
    }

    /** The groups as they stand, in the order of the configuration. */
    public List<GroupView> groups() {
        return plan.groups().stream().map(GroupState::view).toList();
    }

    /**
     * Chooses a group's member for new flows, and remembers it.
     *
     * @throws IllegalArgumentException there is no such group of type {@code select}, or it has no such member
     */
    public synchronized void choose(String group, String member) {
        var state = group(group);
        if (!(state.group() instanceof Outbound.Select)) {
            throw new IllegalArgumentException("group " + group + " chooses by itself: it is not of type select");
        }
        if (!state.group().outbounds().contains(member)) {
            throw new IllegalArgumentException("group " + group + " has no member " + member + "; it has "
                    + String.join(", ", state.group().outbounds()));
        }
        state.choose(member);
        choices.remember(group, member);
    }

    /**
     * Tests the members of a group now.
     *
     * @return done when all tests are
     * @throws IllegalArgumentException there is no such group, or it is one that is not tested
     */
    public CompletableFuture<Void> test(String group) {
        var state = group(group);
        if (state.probe().isEmpty()) {
            throw new IllegalArgumentException("group " + group + " is of type select, which is not tested");
        }
        return checks.test(state);
    }

    private GroupState group(String name) {
        return plan.groups().stream()
                .filter(group -> group.group().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no group " + name + "; there are " + String.join(", ", names(plan.groups()))));
    }

    private static List<String> names(Collection<GroupState> groups) {
        return groups.stream().map(group -> group.group().name()).toList();
    }

    /** Ends tests and lookups; ways that were given out still work. */
    @Override
    public void close() {
        checks.close();
        lookup.close();
    }
}
