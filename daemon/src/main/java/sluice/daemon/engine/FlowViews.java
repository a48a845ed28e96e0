// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sluice.control.FlowView;
import sluice.engine.flow.Flow;
import sluice.engine.flow.Owner;
import sluice.linux.KernelString;
import sluice.rules.Application;

/** Flows as they are shown and logged. Any thread. */
final class FlowViews {
    private final SoleProcesses processes;
    private final String root;

    /** @param root path of the managed root from the cgroup2 mount; empty for the mount itself */
    FlowViews(SoleProcesses processes, String root) {
        this.processes = processes;
        this.root = root;
    }

    /** Adds the process to what is known of the owner, where that is possible: reads two files at most. */
    void complete(Flow flow) {
        flow.owner(processes.complete(flow.owner()));
    }

    /** Those that live, in the order in which they began. */
    List<FlowView> live(Collection<Flow> flows) {
        return flows.stream()
                .sorted(Comparator.comparingLong(Flow::id))
                .map(flow -> {
                    complete(flow);
                    return view(flow);
                })
                // Others have ended since the engine was asked, and are told of as such.
                .filter(view -> view.end() == null)
                .toList();
    }

    FlowView view(Flow flow) {
        var owner = flow.owner();
        var application = owner.cgroup() == null ? null : Application.of(owner.cgroup());
        var ended = flow.ended();
        var destination = flow.destination();
        return new FlowView(
                flow.id(),
                flow.transport().name().toLowerCase(Locale.ROOT),
                name(owner, application),
                owner.cgroup() == null ? null : path(owner.cgroup()),
                application == null ? null : printable(application.unit()),
                owner.uid() < 0 ? null : owner.uid(),
                owner.pid() < 0 ? null : owner.pid(),
                owner.command(),
                flow.client().toString(),
                destination.endpoint().toString(),
                destination.name(),
                flow.target(),
                flow.path().route() < 0 ? null : "routes[" + flow.path().route() + "]",
                flow.path().outbounds(),
                flow.started().toString(),
                ended == null
                        ? Duration.between(flow.started(), Instant.now()).toMillis()
                        : Duration.ofNanos(ended.afterNanos()).toMillis(),
                flow.sent(),
                flow.received(),
                ended == null ? null : ended.reason().text(),
                ended == null || ended.detail().isEmpty() ? null : ended.detail());
    }

    private String name(Owner owner, @Nullable Application application) {
        if (owner.cgroup() != null && application != null) {
            return name(owner.cgroup(), application);
        }
        return owner.uid() < 0 ? "unknown" : "uid " + Integer.toUnsignedString(owner.uid());
    }

    /** The application of a cgroup in one word. */
    String application(String cgroup) {
        return name(cgroup, Application.of(cgroup));
    }

    /** A cgroup's path from the managed root, for people. */
    String path(String cgroup) {
        return KernelString.printable(managed(cgroup));
    }

    private String name(String cgroup, Application application) {
        var label = application.label();
        return label == null ? path(cgroup) : KernelString.printable(label);
    }

    /** As rules and 'sluice tree' name it: from the managed root. */
    private String managed(String cgroup) {
        return cgroup.startsWith(root) ? cgroup.substring(root.length()) : cgroup;
    }

    private static @Nullable String printable(@Nullable String text) {
        return text == null ? null : KernelString.printable(text);
    }
}
