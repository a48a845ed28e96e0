// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sluice.control.FlowView;
import sluice.control.FlowsView;

/** What is new in each of the daemon's answers about flows. One thread. */
final class FlowNews {
    private FlowsView last;

    /** News from this answer on. */
    FlowNews(FlowsView first) {
        last = first;
    }

    /**
     * News since the answer before.
     *
     * @param flows those that have begun, then those that have ended
     * @param missed how many have ended that the daemon does not remember
     */
    record Since(List<FlowView> flows, long missed) {}

    /** To ask from. */
    long position() {
        return last.position();
    }

    /** Whether ids and positions mean the same in it as in the answer before. */
    boolean continues(FlowsView next) {
        return next.since().equals(last.since());
    }

    /** Takes the next answer: one to {@link #position}, or, where that does not continue, to position 0. */
    Since take(FlowsView next) {
        var before = continues(next) ? last : FlowsView.NONE;
        last = next;
        Set<Long> known = before.live().stream().map(FlowView::id).collect(Collectors.toUnmodifiableSet());
        var begun = next.live().stream().filter(flow -> !known.contains(flow.id()));
        return new Since(
                Stream.concat(begun, next.ended().stream()).toList(),
                next.position() - before.position() - next.ended().size());
    }
}
