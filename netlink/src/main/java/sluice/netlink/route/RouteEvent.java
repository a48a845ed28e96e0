// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.route.RouteConstants.RTM_DELROUTE;
import static sluice.netlink.route.RouteConstants.RTM_DELRULE;
import static sluice.netlink.route.RouteConstants.RTM_NEWROUTE;
import static sluice.netlink.route.RouteConstants.RTM_NEWRULE;

import java.util.List;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/** What was changed, by whom: notifications of the kernel, in the order of the changes. */
public sealed interface RouteEvent {
    /** The netlink port of the socket that made the change, 0 for the kernel; compare {@link Routes#portId()}. */
    int portId();

    /** A policy rule came or went. */
    record RuleChanged(boolean added, PolicyRule rule, int portId) implements RouteEvent {}

    /** A route came, changed or went. */
    record RouteChanged(boolean added, Route route, int portId) implements RouteEvent {}

    /** The kernel had to drop notifications: read everything anew. */
    record Lost() implements RouteEvent {
        @Override
        public int portId() {
            return 0;
        }
    }

    /** Appends the event of a notification; nothing for objects and families not known here. */
    static void decode(Messages message, List<RouteEvent> into) throws NetlinkException.Malformed {
        int type = message.type();
        switch (type) {
            case RTM_NEWRULE, RTM_DELRULE -> {
                for (var rule : Routes.rule(message)) {
                    into.add(new RuleChanged(type == RTM_NEWRULE, rule, message.portId()));
                }
            }
            case RTM_NEWROUTE, RTM_DELROUTE -> {
                for (var route : Routes.route(message)) {
                    into.add(new RouteChanged(type == RTM_NEWROUTE, route, message.portId()));
                }
            }
            default -> {}
        }
    }
}
