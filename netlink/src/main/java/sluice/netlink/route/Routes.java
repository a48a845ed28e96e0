// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.route;

import static sluice.netlink.NetlinkConstants.NLM_F_CREATE;
import static sluice.netlink.NetlinkConstants.NLM_F_EXCL;
import static sluice.netlink.NetlinkConstants.NLM_F_REPLACE;
import static sluice.netlink.route.RouteConstants.IFLA_IFNAME;
import static sluice.netlink.route.RouteConstants.RTA_TABLE;
import static sluice.netlink.route.RouteConstants.RTMSG_LENGTH;
import static sluice.netlink.route.RouteConstants.RTM_DELROUTE;
import static sluice.netlink.route.RouteConstants.RTM_DELRULE;
import static sluice.netlink.route.RouteConstants.RTM_F_CLONED;
import static sluice.netlink.route.RouteConstants.RTM_GETADDR;
import static sluice.netlink.route.RouteConstants.RTM_GETLINK;
import static sluice.netlink.route.RouteConstants.RTM_GETROUTE;
import static sluice.netlink.route.RouteConstants.RTM_GETRULE;
import static sluice.netlink.route.RouteConstants.RTM_NEWLINK;
import static sluice.netlink.route.RouteConstants.RTM_NEWROUTE;
import static sluice.netlink.route.RouteConstants.RTM_NEWRULE;
import static sluice.netlink.route.RouteConstants.RTNLGRP_IPV4_IFADDR;
import static sluice.netlink.route.RouteConstants.RTNLGRP_IPV4_ROUTE;
import static sluice.netlink.route.RouteConstants.RTNLGRP_IPV4_RULE;
import static sluice.netlink.route.RouteConstants.RTNLGRP_IPV6_IFADDR;
import static sluice.netlink.route.RouteConstants.RTNLGRP_IPV6_ROUTE;
import static sluice.netlink.route.RouteConstants.RTNLGRP_IPV6_RULE;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;
import sluice.netlink.NetlinkSocket;
import sluice.netlink.Protocol;
import sluice.netlink.Request;
import sluice.netlink.Subscription;

/**
 * Policy rules, routes, links and addresses of the network namespace in which it was opened. Belongs to one thread. Changing anything
 * needs CAP_NET_ADMIN: {@link NetlinkException.PermissionDenied} otherwise.
 */
public final class Routes implements AutoCloseable {
    private final NetlinkSocket socket;

    private Routes(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket. */
    public static Routes open() throws IOException {
        return new Routes(NetlinkSocket.open(Protocol.ROUTE));
    }

    /** Notifications of whatever anybody does to policy rules and routes, from now on. */
    public static Subscription<RouteEvent> subscribe() throws IOException {
        return Subscription.open(
                Protocol.ROUTE,
                RouteEvent::decode,
                new RouteEvent.Lost(),
                RTNLGRP_IPV4_ROUTE,
                RTNLGRP_IPV4_RULE,
                RTNLGRP_IPV6_ROUTE,
                RTNLGRP_IPV6_RULE);
    }

    /** Notifications of whatever becomes of addresses of interfaces, from now on. */
    public static Subscription<AddressEvent> subscribeToAddresses() throws IOException {
        return Subscription.open(
                Protocol.ROUTE, AddressEvent::decode, AddressEvent.LOST, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR);
    }

    /** {@link RouteEvent#portId()} of the changes made here. */
    public int portId() {
        return socket.portId();
    }

    /** Adds a rule: {@link NetlinkException.Exists} if there is one like it. */
    public void add(PolicyRule rule) throws IOException {
        change(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, "add " + rule, rule::encode);
    }

    /** Removes the first rule that is like this one: {@link NetlinkException.Absent} if there is none. */
    public void delete(PolicyRule rule) throws IOException {
        change(RTM_DELRULE, 0, "delete " + rule, rule::encode);
    }

    /** All rules of a family in the order in which the kernel tries them. */
    public List<PolicyRule> rules(IpFamily family) throws IOException {
        var request = new Message(
                RTM_GETRULE, 0, "list policy rules of " + family, w -> fixedHeader(w, family.number(), RTMSG_LENGTH));
        return socket.dump(request, (message, into) -> into.addAll(rule(message)));
    }

    /** Adds a route: {@link NetlinkException.Exists} if there is one to that destination in the table. */
    public void add(Route route) throws IOException {
        change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "add " + route, route::encode);
    }

    /** Adds a route, in the place of one to the same destination in the table if there is one. */
    public void replace(Route route) throws IOException {
        change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, "replace " + route, route::encode);
    }

    /** Removes a route: {@link NetlinkException.Absent} if it is not there. */
    public void delete(Route route) throws IOException {
        change(RTM_DELROUTE, 0, "delete " + route, route::encode);
    }

    /** The routes of a table; of all tables with 0. An empty list also for a table that does not exist. */
    public List<Route> routes(IpFamily family, int table) throws IOException {
        var request = new Message(RTM_GETROUTE, 0, "list routes of " + family + " table " + table, w -> {
            fixedHeader(w, family.number(), RTMSG_LENGTH);
            if (table != 0) {
                w.u32(RTA_TABLE, table);
            }
        });
        try {
            return socket.dump(request, (message, into) -> into.addAll(route(message)));
        } catch (NetlinkException.Absent e) {
            return List.of();
        }
    }

    /** The addresses of all interfaces. */
    public List<InterfaceAddress> addresses(IpFamily family) throws IOException {
        var request = new Message(
                RTM_GETADDR,
                0,
                "list addresses of " + family,
                w -> fixedHeader(w, family.number(), RouteConstants.IFADDRMSG_LENGTH));
        return socket.dump(request, (message, into) -> into.addAll(InterfaceAddress.decode(message)));
    }

    /** The interface with that name: {@link NetlinkException.Absent} if there is none. */
    public Link link(String name) throws IOException {
        var request = new Message(RTM_GETLINK, 0, "find interface " + name, w -> {
            fixedHeader(w, 0, RouteConstants.IFINFOMSG_LENGTH);
            w.string(IFLA_IFNAME, name);
        });
        return socket.<Link>query(request, (message, into) -> into.add(Link.decode(message)))
                .getFirst();
    }

    /** Sets an interface up or down. */
    public void setUp(Link link, boolean up) throws IOException {
        change(RTM_NEWLINK, 0, "set interface " + link.name() + (up ? " up" : " down"), w -> {
            // struct ifinfomsg: family, padding, type, index, flags, which flags change.
            w.raw32(0).raw32(link.index()).raw32(up ? RouteConstants.IFF_UP : 0).raw32(RouteConstants.IFF_UP);
        });
    }

    private void change(int type, int flags, String description, Consumer<MessageWriter> body) throws IOException {
        socket.acknowledged(new Message(type, flags, description, body));
    }

    private static void fixedHeader(MessageWriter writer, int family, int length) {
        writer.raw8(family);
        for (int i = 1; i < length; i++) {
            writer.raw8(0);
        }
    }

    /** The rule a message tells of; nothing for a family without policy rules of interest. */
    static List<PolicyRule> rule(Messages message) throws NetlinkException.Malformed {
        for (var family : IpFamily.values()) {
            if (family.number() == message.header8(0)) {
                return List.of(PolicyRule.decode(message, family));
            }
        }
        return List.of();
    }

    /** The route a message tells of; nothing for one that is a cache entry. */
    static List<Route> route(Messages message) throws NetlinkException.Malformed {
        for (var family : IpFamily.values()) {
            if (family.number() == message.header8(0) && (message.header32(8) & RTM_F_CLONED) == 0) {
                return List.of(Route.decode(message, family));
            }
        }
        return List.of();
    }

    @Override
    public void close() {
        socket.close();
    }

    private record Message(int type, int flags, String describe, Consumer<MessageWriter> body) implements Request {
        @Override
        public void encode(MessageWriter writer) {
            body.accept(writer);
        }
    }
}
