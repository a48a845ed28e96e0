// SPDX-License-Identifier: Apache-2.0
/**
 * Policy rules, routes and links (rtnetlink(7)), as far as transparent proxying needs them.
 *
 * <pre>{@code
 * try (var routes = Routes.open()) {
 *     int lo = routes.link("lo").index();
 *     for (var family : IpFamily.values()) {
 *         routes.add(PolicyRule.ofMark(family, 3000, 0xffff, 300).withPriority(1000).withProtocol(83));
 *         routes.replace(Route.localDefault(family, 300, lo).withProtocol(83));
 *     }
 * }
 * }</pre>
 */
@NullMarked
package sluice.netlink.route;

import org.jspecify.annotations.NullMarked;
