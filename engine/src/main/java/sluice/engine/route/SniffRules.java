// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import sluice.engine.flow.Flow;
import sluice.engine.flow.Transport;
import sluice.rules.DomainIndex;
import sluice.rules.NumberSets;
import sluice.rules.Sniffing;

/** Which flows are looked into for a name, and which of these names count. Immutable; any thread. */
final class SniffRules {

    private final Sniffing settings;
    private final DomainIndex skipped;

    SniffRules(Sniffing settings) {
        this.settings = settings;
        var sets = new NumberSets();
        skipped = new DomainIndex(sets);
        skipped.add(settings.skip(), 0);
        skipped.complete();
        sets.complete();
    }

    /** Whether flows to this port may be looked into. */
    boolean mayLookInto(int port) {
        return settings.enabled() && settings.skipPorts().stream().noneMatch(range -> range.contains(port));
    }

    /** Whether a flow is looked into whatever the routes are, because a proxy may be told what it says. */
    boolean isTold(Flow flow) {
        return settings.override()
                && flow.transport() == Transport.TCP
                && !flow.destination().isNamed();
    }

    /** Notes the name that a flow's first bytes say, if it counts. */
    void said(Flow flow, String name) {
        if (skipped.first(name, 1, _ -> true) == 1) {
            flow.said(name, settings.override());
        }
    }
}
